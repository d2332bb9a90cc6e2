-- Reads entries from the top, or behind a position, on boards of one shard.
--
-- KEYS: epoch, then order of each read
-- ARGV: number of entries (0: only count), member and score of the position of each read; the
-- member is empty to read from the top.
--
-- Returns nil if the shard is not whole; else for each read
-- {index of the first entry, total, {member, score, ...}}, indices from 0.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, 6) ~= 'ready:' then
  return false
end
local call = redis.call

-- Lua's < on strings follows the server's locale; sorted sets compare bytes.
local function is_before(left, right)
  for i = 1, math.min(#left, #right) do
    local a, b = string.byte(left, i), string.byte(right, i)
    if a ~= b then
      return a < b
    end
  end
  return #left < #right
end

-- The index of the first entry behind a position, whether or not the entry that stood there has
-- moved: its place among equal scores is searched for.
local function index_behind(order, member, score)
  local held = call('ZSCORE', order, member)
  if held and tonumber(held) == tonumber(score) then
    return call('ZRANK', order, member) + 1
  end
  local low = call('ZCOUNT', order, '-inf', '(' .. score)
  local high = call('ZCOUNT', order, '-inf', score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(call('ZRANGE', order, middle, middle)[1], member) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

local answers = {}
for i = 1, #KEYS - 1 do
  local order = KEYS[i + 1]
  local size, member, score = tonumber(ARGV[3 * i - 2]), ARGV[3 * i - 1], ARGV[3 * i]
  local first, entries = 0, {}
  if member ~= '' then
    first = index_behind(order, member, score)
  end
  if size > 0 then
    entries = call('ZRANGE', order, first, first + size - 1, 'WITHSCORES')
  end
  answers[i] = {first, call('ZCARD', order), entries}
end
return answers
