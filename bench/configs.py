"""The configurations that are compared, as text."""

UPSTREAMS = """
    upstream app_stable {{ server 127.0.0.1:{stable}; keepalive 64;
                           keepalive_requests 100000000; }}
    upstream app_gray {{ server 127.0.0.1:{gray}; keepalive 64;
                         keepalive_requests 100000000; }}
"""

SERVER = """
    {before}
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        {body}
    }}
"""

BACKEND = """
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 {name}; }}
    }}
"""

PLAIN = "location / { proxy_pass http://app_stable; }"

TARGET = "location / { proxy_pass http://$target; }"

VARIABLE = "map $http_x_none $target { default app_stable; }"

SPLIT_CLIENTS = """
    split_clients $http_x_device_id $target {
        20%  app_gray;
        *    app_stable;
    }
"""

MAP = """
    map_hash_max_size {buckets};
    map_hash_bucket_size 256;
    map $http_x_device_id $target {{
        default app_stable;
        include {members};
    }}
"""

LUA = "lua_package_path '/usr/share/lua/5.1/?.lua;;';"

LUA_DICT = """
    {lua}
    lua_shared_dict members {megabytes}m;
    init_by_lua_block {{
        local members = ngx.shared.members

        for id in io.lines("{members}") do
            assert(members:safe_set(id, true))
        end
    }}
"""

LUA_DICT_BODY = """
        set $target app_stable;
        location / {
            rewrite_by_lua_block {
                local id = ngx.var.http_x_device_id

                if id and ngx.shared.members:get(id) then
                    ngx.var.target = "app_gray"
                end
            }
            proxy_pass http://$target;
        }
"""

LUA_MEMCACHED_BODY = """
        set $bench_memcached {memcached};
        set $bench_pool {pool};
        location / {{ content_by_lua_file {recipe}; }}
        location @stable {{ proxy_pass http://app_stable; }}
        location @gray {{ proxy_pass http://app_gray; }}
"""

GRAY = """
    gray_store {store};
    gray_attribute device_id $http_x_device_id;
    gray_attribute claimed $http_x_real_ip;
"""

GRAY_LIVE = """
    gray_memcached legacy 127.0.0.1:{memcached} timeout=1s;
"""

GRAY_BODY = """
        location / {{
            gray {release} stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
            {more}
        }}
"""

HAPROXY = """
global
    nbthread 1
    maxconn 4096

defaults
    mode http
    timeout connect 5s
    timeout client 600s
    timeout server 600s
    option http-keep-alive
    http-reuse always

frontend gateway
    bind 127.0.0.1:{port}
    {choice}

backend app_stable
    server one 127.0.0.1:{stable}

backend app_gray
    server one 127.0.0.1:{gray}
"""

HAPROXY_PLAIN = "default_backend app_stable"

HAPROXY_MAP = "use_backend %[req.hdr(x-device-id),map_str({members},app_stable)]"
