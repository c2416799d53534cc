-- What one connection of wrk asks, over and over: OPERATION FOLDER CONNECTIONS. Who asks and
-- for what is in the folder's files.
-- One thread has one connection, so that the two steps of a shopping follow each other.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function lines_of(path)
  local found = {}
  for line in io.lines(path) do found[#found + 1] = line end
  return found
end

local words = { "steel%20kettle", "oak%20chair", "copper%20lamp", "wool%20shelf", "glas%20clock" }
local address = '{"street":"1 Main Street","city":"Springfield","state":"IL",' ..
  '"zipCode":"62701","country":"US"}'

local function signed_in(buyer)
  return {
    ["Authorization"] = "Bearer " .. tokens[buyer],
    ["X-Owner"] = owners[buyer],
    ["Content-Type"] = "application/json",
  }
end

function init(arguments)
  operation, folder, connections = arguments[1], arguments[2], tonumber(arguments[3])
  products = lines_of(folder .. "/products")
  tokens = lines_of(folder .. "/tokens")
  wishes = lines_of(folder .. "/wishes")
  owners = lines_of(folder .. "/owners")
  math.randomseed(number + 1)
  -- wrk looks at one request of the first thread without sending it.
  turn, buyer = number == 0 and 1 or 0, 1
end

local asks = {}

function asks.list() return wrk.format("GET", "/api/v1/products?limit=20") end

function asks.detail()
  return wrk.format("GET", "/api/v1/products/" .. products[math.random(#products)])
end

function asks.search()
  return wrk.format("GET", "/api/v1/search?q=" .. words[math.random(#words)])
end

function asks.cart()
  return wrk.format("GET", "/api/v1/cart", signed_in(1 + number))
end

local function ask_for_order()
  local body = '{"paymentMethodId":"pm_card_visa","shippingAddress":' .. address .. '}'
  return wrk.format("POST", "/api/v1/orders", signed_in(buyer), body)
end

-- Each thread has its own buyers; the carts of the first 16 are read, so they buy nothing.
function asks.order()
  turn = turn + 1
  buyer = 17 + (number + connections * turn) % (#tokens - 16)
  return ask_for_order()
end

function asks.shopping()
  turn = turn + 1
  if turn % 2 == 0 then return ask_for_order() end
  buyer = 17 + number + 16 * math.random(0, math.floor(#tokens / 16) - 2)
  return wrk.format("POST", "/api/v1/cart", signed_in(buyer), wishes[math.random(#wishes)])
end

function request() return asks[operation]() end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"seconds": %f, "requests": %d, "failed": %d, "p50": %f, "p95": %f}\n',
    summary.duration / 1e6, summary.requests, failed,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000))
end
