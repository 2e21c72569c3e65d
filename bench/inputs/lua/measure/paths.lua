-- Ways through a maze: Dijkstra with a heap, breadth-first search, flood fill, dynamic programming.
local units = tonumber(arg[1])
local WIDTH, HEIGHT = 36, 24

local seed = 11
local function random(limit)
  seed = (seed * 69069 + 1) & 0x7fffffff
  return (seed >> 8) % limit
end

local function maze()
  local grid = {}
  for at = 1, WIDTH * HEIGHT do
    grid[at] = random(100) < 28 and 0 or 1 + random(9)
  end
  grid[1], grid[WIDTH * HEIGHT] = 1, 1
  return grid
end

local function neighbours(at)
  local column = (at - 1) % WIDTH
  return coroutine.wrap(function()
    if column > 0 then coroutine.yield(at - 1) end
    if column < WIDTH - 1 then coroutine.yield(at + 1) end
    if at > WIDTH then coroutine.yield(at - WIDTH) end
    if at <= WIDTH * (HEIGHT - 1) then coroutine.yield(at + WIDTH) end
  end)
end

local function cheapest(grid)
  local far = { [1] = 0 }
  local heap, size = { { 0, 1 } }, 1
  local settled = {}
  while size > 0 do
    local top = heap[1]
    local last = heap[size]
    heap[size] = nil
    size = size - 1
    local hole = 1
    while hole * 2 <= size do
      local child = hole * 2
      if child < size and heap[child + 1][1] < heap[child][1] then child = child + 1 end
      if last[1] <= heap[child][1] then break end
      heap[hole] = heap[child]
      hole = child
    end
    if size > 0 then heap[hole] = last end
    local cost, at = top[1], top[2]
    if at == WIDTH * HEIGHT then return cost end
    if not settled[at] then
      settled[at] = true
      local column = (at - 1) % WIDTH
      for side = 1, 4 do
        local to
        if side == 1 then to = column > 0 and at - 1
        elseif side == 2 then to = column < WIDTH - 1 and at + 1
        elseif side == 3 then to = at > WIDTH and at - WIDTH
        else to = at <= WIDTH * (HEIGHT - 1) and at + WIDTH end
        if to and grid[to] > 0 then
          local new = cost + grid[to]
          if not far[to] or new < far[to] then
            far[to] = new
            size = size + 1
            hole = size
            while hole > 1 and heap[hole // 2][1] > new do
              heap[hole] = heap[hole // 2]
              hole = hole // 2
            end
            heap[hole] = { new, to }
          end
        end
      end
    end
  end
  return -1
end

local function regions(grid)
  local colour, count, largest = {}, 0, 0
  for start = 1, WIDTH * HEIGHT do
    if grid[start] > 0 and not colour[start] then
      count = count + 1
      local queue, head = { start }, 1
      colour[start] = count
      while queue[head] do
        local at = queue[head]
        head = head + 1
        for to in neighbours(at) do
          if grid[to] > 0 and not colour[to] then
            colour[to] = count
            queue[#queue + 1] = to
          end
        end
      end
      if #queue > largest then largest = #queue end
    end
  end
  return count, largest
end

local function distance(a, b)
  local previous = {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local current = { [0] = i }
    local byte = a:byte(i)
    for j = 1, #b do
      local cost = previous[j - 1] + (byte == b:byte(j) and 0 or 1)
      if previous[j] + 1 < cost then cost = previous[j] + 1 end
      if current[j - 1] + 1 < cost then cost = current[j - 1] + 1 end
      current[j] = cost
    end
    previous = current
  end
  return previous[#b]
end

local function row_text(grid, row)
  local chars = {}
  for column = 1, WIDTH do chars[column] = string.char(97 + grid[(row - 1) * WIDTH + column]) end
  return table.concat(chars)
end

local check = 0
for unit = 1, units do
  local grid = maze()
  local cost = cheapest(grid)
  local count, largest = regions(grid)
  local apart = 0
  for row = 1, 8 do apart = apart + distance(row_text(grid, row), row_text(grid, row + 8)) end
  check = (check * 101 + cost * 7 + count * 3 + largest + apart) % 1000000007
  if unit <= 2 then print(cost, count, largest, apart) end
end
print(check)
