-- Searches of wrk, one of the file after another. Arguments: FILE CONNECTIONS START.
-- One thread has one connection; each sends every so many lines, so that none is sent twice.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  paths = {}
  for line in io.lines(arguments[1]) do paths[#paths + 1] = line end
  connections, place = tonumber(arguments[2]), tonumber(arguments[3]) + number
end

function request()
  place = place + connections
  return wrk.format("GET", paths[1 + place % #paths])
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"seconds": %f, "requests": %d, "failed": %d, "p50": %f, "p95": %f}\n',
    summary.duration / 1e6, summary.requests, failed,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000))
end
