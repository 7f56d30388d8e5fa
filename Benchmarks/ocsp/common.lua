-- What the load scripts share: request bodies from files, and one line of results for the runner.
local common = {}

function common.read(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read("*a")
    file:close()
    return bytes
end

function common.format(body, connection)
    return wrk.format("POST", nil, {
        ["Content-Type"] = "application/ocsp-request",
        ["Connection"] = connection,
    }, body)
end

-- RESULT requests/s p50 p99 errors
function common.done(summary, latency)
    local errors = summary.errors
    io.write(string.format("RESULT %.1f %.0f %.0f %d\n",
        summary.requests / (summary.duration / 1e6), latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

return common
