-- wrk's script: each request carries the next of 20,000 identities, drawn
-- evenly from COUNT numbers beginning with FIRST; the figures are printed as
-- one line of JSON.
--
--     wrk -s bench/ids.lua URL -- FIRST COUNT SEED
--
-- bench/servers.py makes the same identities from the same numbers.

local REQUESTS = 20000
local requests = {}
local at = 0

local function device(i)
    return string.format("%08x-device-%020d", (i * 2654435761) % 4294967296, i)
end

local function address(i)
    return string.format("10.%d.%d.%d", math.floor(i / 65536) % 256,
        math.floor(i / 256) % 256, i % 256)
end

function init(args)
    local first, count = tonumber(args[1]), tonumber(args[2])

    math.randomseed(tonumber(args[3]))

    for n = 1, REQUESTS do
        local i = first + math.random(0, count - 1)

        requests[n] = wrk.format("GET", "/", {
            ["Host"] = "bench",
            ["X-Device-Id"] = device(i),
            ["X-Real-IP"] = address(i),
        })
    end
end

function request()
    at = at % REQUESTS + 1
    return requests[at]
end

function done(summary, latency)
    local errors = summary.errors

    print(string.format('{"requests":%d,"seconds":%.6f,"p50":%.1f,' ..
        '"p99":%.1f,"errors":%d}', summary.requests, summary.duration / 1e6,
        latency:percentile(50), latency:percentile(99), errors.connect +
        errors.read + errors.write + errors.status + errors.timeout))
end
