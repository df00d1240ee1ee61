"""tools/lint finds what it is there to find."""

import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from harness import REPOSITORY

_spec = spec_from_loader(
    "lint", SourceFileLoader("lint", str(REPOSITORY / "tools/lint")))
lint = module_from_spec(_spec)
_spec.loader.exec_module(lint)


@pytest.mark.parametrize("part, header, fault", [
    ("core", "store/store.h", "core may not include store"),
    ("segment", "core/decide.h", "segment may not include core"),
    ("store", "control/control.h", "store may not include control"),
    ("nginx", "control/control.h", "nginx may not include control"),
    ("control", "grayctl/command.h", "control may not include grayctl"),
    ("control", "store/nosuch.h", '"store/nosuch.h" is not in src/'),
    ("control", "store/store.h", None),
    ("nginx", "core/decide.h", None),
    ("core", "core/decide.h", None),
])
def test_an_include_against_the_arrows_is_found(part, header, fault):
    assert lint.arrow_fault(part, f"src/{part}/x.c", '"', header) == fault


@pytest.mark.parametrize("part, header, fault", [
    ("control", "lmdb.h", "only store may include lmdb.h"),
    ("store", "lmdb.h", None),
    ("core", "string.h", None),
])
def test_a_library_belongs_to_its_part(part, header, fault):
    assert lint.arrow_fault(part, f"src/{part}/x.c", "<", header) == fault


@pytest.mark.parametrize("line, why", [
    ("see /" + "work/main", "an absolute path of one machine"),
    ("trailing ", "white space at the end"),
    ("a\ttab", "a tab"),
    ("http://deb.deb" + "ian.org/", "the host of a registry"),
    ("build/framework/x", None),
])
def test_a_word_that_no_file_may_say_is_found(line, why):
    found = [reason for pattern, reason in lint.WORDS
             if re.search(pattern, line)]
    assert found == ([why] if why else [])


def test_the_modules_tables_are_read(folder):
    source = folder / "module.c"
    source.write_text('static ngx_command_t  ngx_http_gray_commands[] = {\n'
                      '    { ngx_string("gray_store"),\n'
                      '};\n'
                      'ngx_string("gray_other")\n')
    assert lint.table_names([str(source)], "ngx_command_t") \
        == {"gray_store": f"{source}:2"}
