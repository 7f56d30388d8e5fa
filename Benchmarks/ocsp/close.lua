-- The same request without nonce again and again, connection: close.
package.path = (debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "?.lua;" .. package.path
local common = require("common")
local ready

function init() ready = common.format(common.read(os.getenv("BENCH_REQUEST")), "close") end

function request() return ready end

function done(summary, latency) common.done(summary, latency) end
