-- The requests of wrk, repeated on each connection. Arguments: OPERATION FOLDER CONNECTIONS.
-- The folder's files list the buyers with their tokens, the products and the bodies.
-- One thread has one connection, so that the two requests of "shopping" follow each other.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function read_lines(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

local queries = { "steel%20kettle", "oak%20chair", "copper%20lamp", "wool%20shelf", "glas%20clock" }
local address = '{"street":"1 Main Street","city":"Springfield","state":"IL",' ..
  '"zipCode":"62701","country":"US"}'

local function build_headers(buyer)
  return {
    ["Authorization"] = "Bearer " .. tokens[buyer],
    ["X-Owner"] = owners[buyer],
    ["Content-Type"] = "application/json",
  }
end

function init(arguments)
  operation, folder, connections = arguments[1], arguments[2], tonumber(arguments[3])
  products = read_lines(folder .. "/products")
  tokens = read_lines(folder .. "/tokens")
  cart_bodies = read_lines(folder .. "/cart_bodies")
  owners = read_lines(folder .. "/owners")
  math.randomseed(number + 1)
  -- wrk builds one request of the first thread without sending it.
  turn, buyer = number == 0 and 1 or 0, 1
end

local builders = {}

function builders.list() return wrk.format("GET", "/api/v1/products?limit=20") end

function builders.detail()
  return wrk.format("GET", "/api/v1/products/" .. products[math.random(#products)])
end

function builders.search()
  return wrk.format("GET", "/api/v1/search?q=" .. queries[math.random(#queries)])
end

function builders.cart()
  return wrk.format("GET", "/api/v1/cart", build_headers(1 + number))
end

local function build_order()
  local body = '{"paymentMethodId":"pm_card_visa","shippingAddress":' .. address .. '}'
  return wrk.format("POST", "/api/v1/orders", build_headers(buyer), body)
end

-- Each thread has its own buyers; the carts of the first 16 are read, so they buy nothing.
function builders.order()
  turn = turn + 1
  buyer = 17 + (number + connections * turn) % (#tokens - 16)
  return build_order()
end

function builders.shopping()
  turn = turn + 1
  if turn % 2 == 0 then return build_order() end
  buyer = 17 + number + 16 * math.random(0, math.floor(#tokens / 16) - 2)
  return wrk.format("POST", "/api/v1/cart", build_headers(buyer), cart_bodies[math.random(#cart_bodies)])
end

function request() return builders[operation]() end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"seconds": %f, "requests": %d, "failed": %d, "p50": %f, "p95": %f}\n',
    summary.duration / 1e6, summary.requests, failed,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000))
end
