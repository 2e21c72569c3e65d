-- Numbers: primes, matrices, digits, bits, series; integers and floats, arrays.
local units = tonumber(arg[1])

local function primes(n)
  local composite, list = {}, {}
  for i = 2, n do
    if not composite[i] then
      list[#list + 1] = i
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return list
end

local function multiply(a, b, n)
  local c = {}
  for i = 1, n do
    local row, ai = {}, a[i]
    for j = 1, n do
      local sum = 0.0
      for k = 1, n do sum = sum + ai[k] * b[k][j] end
      row[j] = sum
    end
    c[i] = row
  end
  return c
end

local function factorial_digits(n)
  local digits = { 1 }
  for factor = 2, n do
    local carry = 0
    for i = 1, #digits do
      carry = carry + digits[i] * factor
      digits[i] = carry % 10000
      carry = carry // 10000
    end
    while carry > 0 do
      digits[#digits + 1] = carry % 10000
      carry = carry // 10000
    end
  end
  return digits
end

local function bits(n)
  local count = 0
  while n ~= 0 do
    n = n & (n - 1)
    count = count + 1
  end
  return count
end

local total = 0
for unit = 1, units do
  local list = primes(1500)
  total = total + list[#list - unit % 10]

  local n = 14
  local a, b = {}, {}
  for i = 1, n do
    a[i], b[i] = {}, {}
    for j = 1, n do
      a[i][j] = (i + j * unit) % 7 / 3
      b[i][j] = (i * j + unit) % 5 / 2
    end
  end
  local c = multiply(multiply(a, b, n), a, n)
  total = total + c[3][4] // 1

  local digits = factorial_digits(70)
  for i = 1, #digits do total = total + digits[i] end

  for i = 1, 700 do total = total + bits(i * 2654435761 + unit & 0xffffffff) end

  local series = 0.0
  for i = 1, 900 do
    series = series + (i % 2 == 0 and -1 or 1) / (2 * i - 1) + math.sin(i) / i
  end
  total = total + math.floor(series * 1000)

  local best, steps = 0, 0
  for start = 1, 40 do
    local value, length = start + unit, 0
    while value ~= 1 do
      if value % 2 == 0 then value = value // 2 else value = 3 * value + 1 end
      length = length + 1
    end
    if length > steps then best, steps = start, length end
  end
  total = total + best + steps
end
print(string.format("%d", total))
