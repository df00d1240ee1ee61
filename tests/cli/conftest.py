"""Stories of grayctl that run twice: on the store's files, and by a grayd.

What is said and what comes of it is the same, so that the stories are, too.
"""

import pytest

from harness import Grayd
from harness.build import SANITIZED

BOTH = {"test_explain_verb", "test_link_verbs", "test_list_verbs",
        "test_replay", "test_rule_verbs"}
if not SANITIZED:
    BOTH |= {"test_completion", "test_import_export", "test_release_verbs",
             "test_switch_verbs", "test_warnings", "test_weight_verbs"}

# Of these modules: a store that is damaged under grayd's eyes, what is killed
# in the midst of writing, and what only counts seconds.
HERE = {"test_off_works_with_a_damaged_store",
        "test_a_plain_import_that_is_killed_keeps_what_was_committed",
        "test_two_hundred_thousand_lines_come_back",
        "test_two_grayctl_at_once_lose_nothing",
        "test_a_hundred_thousand_lines_take_less_than_a_second_or_two",
        "test_the_zsh_script_has_no_syntax_error"}

# Of others: what a server does, too.
THERE = {"test_apply_makes_the_store_equal_to_the_folder",
         "test_apply_again_changes_nothing",
         "test_a_dry_run_says_the_same_and_writes_nothing",
         "test_a_bad_document_in_the_folder_stops_everything",
         "test_a_folder_that_is_not_there_is_not_taken_for_an_empty_one",
         "test_the_log_is_limited_and_filtered",
         "test_status_tells_of_store_releases_and_lists",
         "test_a_terminal_gets_colour_and_a_pipe_does_not",
         "test_an_error_on_a_terminal_has_the_caret",
         "test_json_is_indented_for_a_person_only",
         "test_tables_are_aligned_and_lines_end_without_spaces",
         "test_quiet_prints_only_what_was_asked_for",
         "test_output_that_cannot_be_written_is_an_error",
         "test_json_errors_are_one_object_on_stderr",
         "test_a_quiet_import_shows_none",
         "test_a_short_import_shows_none"}


def pytest_generate_tests(metafunc):
    if "place" in metafunc.fixturenames:
        module = metafunc.module.__name__.rpartition(".")[2]
        name = metafunc.function.__name__
        both = (module in BOTH and name not in HERE) or name in THERE
        metafunc.parametrize("place", ["here", "server"] if both else ["here"],
                             indirect=True)


@pytest.fixture
def place(request):
    """Where the store's commands are done: "here", or by a "server"."""
    return request.param


@pytest.fixture
def make_store(make_store, cleanup, place):
    """As everywhere; with a grayd on it when that is the place."""
    def make(**options):
        made = make_store(**options)
        if place == "server":
            grayd = Grayd(made)
            cleanup.callback(grayd.close)
            made.server = f"unix:{grayd.start().socket}"
        return made
    return make
