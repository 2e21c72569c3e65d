-- Objects: classes with inheritance, method calls, floating point, a spatial hash.
local units = tonumber(arg[1])

local Shape = {}
Shape.__index = Shape

function Shape.new(class, x, y)
  return setmetatable({ x = x, y = y, dx = 0.0, dy = 0.0, bounces = 0 }, class)
end
function Shape:area() return 0.0 end
function Shape:move(time)
  self.x = self.x + self.dx * time
  self.y = self.y + self.dy * time
  if self.x < 0 or self.x > 100 then
    self.dx = -self.dx
    self.x = self.x < 0 and -self.x or 200 - self.x
    self.bounces = self.bounces + 1
  end
  if self.y < 0 or self.y > 100 then
    self.dy = -self.dy
    self.y = self.y < 0 and -self.y or 200 - self.y
    self.bounces = self.bounces + 1
  end
end
function Shape:touches(other)
  local ex, ey = self.x - other.x, self.y - other.y
  local reach = self:radius() + other:radius()
  return ex * ex + ey * ey < reach * reach
end

local Circle = setmetatable({}, { __index = Shape })
Circle.__index = Circle
function Circle.new(x, y, r)
  local self = Shape.new(Circle, x, y)
  self.r = r
  return self
end
function Circle:area() return math.pi * self.r ^ 2 end
function Circle:radius() return self.r end

local Box = setmetatable({}, { __index = Shape })
Box.__index = Box
function Box.new(x, y, w, h)
  local self = Shape.new(Box, x, y)
  self.w, self.h = w, h
  return self
end
function Box:area() return self.w * self.h end
function Box:radius() return math.sqrt(self.w * self.w + self.h * self.h) / 2 end

local seed = 3
local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end

local world = {}
for i = 1, 60 do
  local shape
  if i % 3 == 0 then
    shape = Box.new(random() * 100, random() * 100, 1 + random() * 3, 1 + random() * 2)
  else
    shape = Circle.new(random() * 100, random() * 100, 0.5 + random() * 2)
  end
  shape.dx, shape.dy = random() * 20 - 10, random() * 20 - 10
  world[i] = shape
end

local touched = 0
for step = 1, units * 14 do
  local cells = {}
  for index, shape in ipairs(world) do
    shape:move(0.05)
    local key = (shape.x // 10) * 16 + shape.y // 10
    local cell = cells[key]
    if cell then cell[#cell + 1] = index else cells[key] = { index } end
  end
  for key = 0, 170 do
    local cell = cells[key]
    if cell then
      for i = 1, #cell - 1 do
        local a = world[cell[i]]
        for j = i + 1, #cell do
          local b = world[cell[j]]
          if a:touches(b) then
            touched = touched + 1
            a.dx, b.dx = b.dx, a.dx
            a.dy, b.dy = b.dy, a.dy
          end
        end
      end
    end
  end
end

local area, bounces = 0.0, 0
for _, shape in ipairs(world) do
  area = area + shape:area()
  bounces = bounces + shape.bounces
end
print(touched, bounces, string.format("%.6f", area))
