-- A scheduler of coroutine tasks with timers and channels; values with operators; weak caches; errors.
local units = tonumber(arg[1])

local Money = {}
Money.__index = Money
local function money(amount) return setmetatable({ cents = amount }, Money) end
function Money.__add(a, b) return money(a.cents + b.cents) end
function Money.__sub(a, b) return money(a.cents - b.cents) end
function Money.__lt(a, b) return a.cents < b.cents end
function Money.__le(a, b) return a.cents <= b.cents end
function Money.__eq(a, b) return a.cents == b.cents end
function Money.__tostring(a) return string.format("%d.%02d", a.cents // 100, a.cents % 100) end
function Money.__concat(a, b) return tostring(a) .. tostring(b) end

local defaults = setmetatable({}, {
  __index = function(self, key)
    local value = "default-" .. key
    rawset(self, key, value)
    return value
  end,
  __newindex = function(self, key, value) rawset(self, key, value .. "!") end,
})

local ready, timers, now = {}, {}, 0
local function spawn(body, ...)
  local task = coroutine.create(body)
  ready[#ready + 1] = { task, ... }
end
local function sleep(time) coroutine.yield("sleep", time) end

local Channel = {}
Channel.__index = Channel
local function channel() return setmetatable({ first = 1, last = 0, items = {} }, Channel) end
function Channel:put(item)
  self.last = self.last + 1
  self.items[self.last] = item
end
function Channel:get()
  while self.first > self.last do sleep(1) end
  local item = self.items[self.first]
  self.items[self.first] = nil
  self.first = self.first + 1
  return item
end

local crashes = 0
local function loop()
  while #ready > 0 or #timers > 0 do
    local batch = ready
    ready = {}
    for _, entry in ipairs(batch) do
      local fine, request, time = coroutine.resume(table.unpack(entry))
      if not fine then
        crashes = crashes + #tostring(request)
      elseif request == "sleep" then
        table.insert(timers, { when = now + time, task = entry[1] })
      elseif coroutine.status(entry[1]) ~= "dead" then
        ready[#ready + 1] = { entry[1] }
      end
    end
    now = now + 1
    for i = #timers, 1, -1 do
      if timers[i].when <= now then
        ready[#ready + 1] = { table.remove(timers, i).task }
      end
    end
  end
end

local check = 0
for unit = 1, units do
  local orders, payments = channel(), channel()
  local paid, rejected = money(0), money(0)
  for clerk = 1, 4 do
    spawn(function(number)
      for i = 1, 25 do
        orders:put({ clerk = number, amount = money((i * 977 + unit * 31 + number) % 5000), item = "i" .. i % 9 })
        if i % 4 == 0 then sleep(i % 3 + 1) end
      end
      if number == unit % 5 then error("clerk " .. number .. " went home") end
    end, clerk)
  end
  spawn(function()
    for _ = 1, 100 do
      local order = orders:get()
      if order.amount <= money(3500) then
        payments:put(order)
      else
        rejected = rejected + order.amount
      end
    end
    payments:put(false)
  end)
  spawn(function()
    local largest = money(0)
    while true do
      local order = payments:get()
      if not order then break end
      paid = paid + order.amount
      if largest < order.amount then largest = order.amount end
      local label = defaults[order.item] .. ":" .. order.amount
      check = (check * 3 + #label) % 1000033
    end
    defaults["largest" .. unit % 7] = tostring(largest)
  end)
  loop()
  check = (check + (paid - rejected).cents) % 1000033
  local cache = setmetatable({}, { __mode = "k" })
  for i = 1, 80 do cache[{ i }] = i end
  if unit % 3 == 0 then collectgarbage("step", 20) end
  if unit == 1 then print("paid " .. paid, "rejected " .. rejected) end
end
print(check, crashes, now)
