-- Numbers: planets, Mandelbrot rows, Newton's roots, prefix sums, permutations, random walks.
local units = tonumber(arg[1])

local bodies = {}
for i = 1, 5 do
  bodies[i] = { x = i * 1.5, y = 3.0 - i, z = (i % 2) - 0.5, vx = 0.3 / i, vy = 0.1 * i, vz = 0.0,
                mass = i == 1 and 39.5 or 0.04 / i }
end

local function advance(dt)
  for i = 1, #bodies do
    local a = bodies[i]
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local square = dx * dx + dy * dy + dz * dz
      local force = dt / (square * math.sqrt(square) + 0.01)
      a.vx = a.vx - dx * b.mass * force
      a.vy = a.vy - dy * b.mass * force
      a.vz = a.vz - dz * b.mass * force
      b.vx = b.vx + dx * a.mass * force
      b.vy = b.vy + dy * a.mass * force
      b.vz = b.vz + dz * a.mass * force
    end
  end
  for _, body in ipairs(bodies) do
    body.x = body.x + dt * body.vx
    body.y = body.y + dt * body.vy
    body.z = body.z + dt * body.vz
  end
end

local function mandelbrot(row)
  local inside = 0
  local ci = row / 20 - 1
  for column = 0, 49 do
    local cr = column / 25 - 1.5
    local zr, zi, count = 0.0, 0.0, 0
    while count < 40 and zr * zr + zi * zi < 4.0 do
      zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci
      count = count + 1
    end
    if count == 40 then inside = inside + 1 end
  end
  return inside
end

local function permutations(list, n, visit)
  if n == 1 then
    visit(list)
    return
  end
  for i = 1, n do
    permutations(list, n - 1, visit)
    local other = n % 2 == 0 and i or 1
    list[other], list[n] = list[n], list[other]
  end
end

local function newton(value)
  local guess = value > 1 and value or 1.0
  repeat
    local better = (guess + value / guess) / 2
    local done = math.abs(better - guess) < 1e-10
    guess = better
  until done
  return guess
end

local state = 88172645463325252
local function xorshift()
  state = state ~ state << 13
  state = state ~ state >> 7
  state = state ~ state << 17
  return state
end

local inside, signs, walk, roots = 0, 0, 0, 0.0
for unit = 1, units do
  for _ = 1, 60 do advance(0.005) end
  inside = inside + mandelbrot(unit % 40)
  permutations({ 1, 2, 3, 4, 5 }, 5, function(list)
    local inversions = 0
    for i = 1, 4 do
      for j = i + 1, 5 do
        if list[i] > list[j] then inversions = inversions + 1 end
      end
    end
    signs = signs + (inversions % 2 == 0 and inversions or -inversions)
  end)
  for i = 1, 60 do roots = roots + newton(i * unit) end
  local sums = { [0] = 0 }
  for i = 1, 400 do sums[i] = sums[i - 1] + (xorshift() & 15) end
  for i = 1, 400, 5 do
    local low, high, target = 0, 400, sums[400] * i // 400
    while low < high do
      local middle = (low + high) // 2
      if sums[middle] < target then low = middle + 1 else high = middle end
    end
    walk = walk + low
  end
end
print(inside, signs, walk, string.format("%.4f %.6f", roots, bodies[2].x))
