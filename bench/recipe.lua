-- The recipe that nginx-gray replaces, as people write it: take the client's
-- address from the headers, ask memcached for it, enter the gray location
-- when the value is "1". Run by content_by_lua_file; $bench_memcached is the
-- port, $bench_pool the size of the connection pool, 0 for none.

local address = ngx.var.http_x_real_ip or ngx.var.http_x_forwarded_for
    or ngx.var.remote_addr
local pool = tonumber(ngx.var.bench_pool)

local function value_of(key)
    local socket = ngx.socket.tcp()
    socket:settimeout(1000)

    local ok, err = socket:connect("127.0.0.1",
        tonumber(ngx.var.bench_memcached))
    if not ok then
        return nil, err
    end

    socket:send("get " .. key .. "\r\n")

    local value
    local line = socket:receive()
    if line and line ~= "END" then
        value = socket:receive()
        socket:receive()
    end

    if pool > 0 then
        socket:setkeepalive(10000, pool)
    else
        socket:close()
    end

    return value
end

if value_of(address) == "1" then
    return ngx.exec("@gray")
end

return ngx.exec("@stable")
