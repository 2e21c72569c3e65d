-- Control: coroutines as pipelines, closures, varargs, protected calls, a heap, code loaded at run time.
local units = tonumber(arg[1])

local function source(n)
  return coroutine.wrap(function()
    local value = 17
    for _ = 1, n do
      value = (value * 75 + 74) % 65537
      coroutine.yield(value)
    end
  end)
end

local function filter(test, from)
  return coroutine.wrap(function()
    for value in from do
      if test(value) then coroutine.yield(value) end
    end
  end)
end

local function map(change, from)
  return function()
    local value = from()
    if value then return change(value) end
  end
end

local Heap = {}
Heap.__index = Heap
function Heap:push(item)
  local at = #self + 1
  self[at] = item
  while at > 1 do
    local up = at // 2
    if self[up] <= item then break end
    self[at], at = self[up], up
    self[at] = item
  end
end
function Heap:pop()
  local top, size = self[1], #self
  local item = self[size]
  self[size] = nil
  size = size - 1
  if size == 0 then return top end
  local at = 1
  while true do
    local down = at * 2
    if down > size then break end
    if down < size and self[down + 1] < self[down] then down = down + 1 end
    if item <= self[down] then break end
    self[at] = self[down]
    at = down
  end
  self[at] = item
  return top
end

local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do total = total + (select(i, ...)) end
  return total
end

local function risky(value)
  if value % 13 == 0 then error({ code = value }) end
  if value % 29 == 0 then error("odd value " .. value) end
  return value // 2
end

local formulas = {}
for i, text in ipairs { "x * 3 + y", "x ~ y", "(x + y) % 4099", "x > y and x - y or y - x", "x << (y & 3)" } do
  formulas[i] = text
end

local check, failures = 0, 0
for unit = 1, units do
  local heap = setmetatable({}, Heap)
  local odd = filter(function(v) return v % 2 == 1 end, source(600))
  for value in map(function(v) return v // 3 + unit end, odd) do heap:push(value) end
  local last = -1
  while #heap > 0 do
    local value = heap:pop()
    assert(value >= last)
    last = value
    check = (check * 7 + value) % 1000003
  end
  for i = 1, 150 do
    local fine, result = pcall(risky, i + unit)
    if fine then
      check = (check + result) % 1000003
    else
      failures = failures + (type(result) == "table" and result.code or #result)
    end
  end
  local env = { x = unit, y = 5 }
  for round = 1, 6 do
    for i, text in ipairs(formulas) do
      local chunk = assert(load("local x, y = ...\nlocal function f(a, b) return " .. text ..
                                " + a - b end\nfor i = 1, 3 do x = f(i, y) end return x", "=f" .. i))
      env.x = chunk(env.x, i) & 0xffff
    end
  end
  check = (check + sum(env.x, unit, table.unpack({ 1, 2, 3, 4, 5, 6, 7 }))) % 1000003
end
print(check, failures)
