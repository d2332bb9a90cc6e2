-- Sets entries of one board instance, each unless a newer version is there.
--
-- KEYS: epoch, order, players
-- ARGV[1]: MessagePack array: player, version, tie, score, player, ...; the score as text and
-- negated where the highest is the top. A tie of 0 removes the entry; its version stays, so that
-- an older one that comes late is not taken for a new one. A player stands in it once, and at most
-- 1,000 do: unpack() has a stack of 8,000.
--
-- Returns how many were applied, or -1 if the shard is neither whole nor being rebuilt. Then
-- nothing is applied: the rebuild to come reads Postgres after this commit.
local epoch = redis.call('GET', KEYS[1])
if not epoch or (string.sub(epoch, 1, 6) ~= 'ready:' and string.sub(epoch, 1, 9) ~= 'building:') then
  return -1
end
local call, sub, pack, unpack_bytes = redis.call, string.sub, struct.pack, struct.unpack
local entries = cmsgpack.unpack(ARGV[1])
local players = {}
for i = 1, #entries, 4 do
  players[#players + 1] = entries[i]
end
local held = call('HMGET', KEYS[3], unpack(players))
local gone, order, known = {}, {}, {}
local gone_count, order_count, count = 0, 0, 0
local tie_us, tie
for j, player in ipairs(players) do
  local i = 4 * j - 2
  local version, old, newer = entries[i], held[j], true
  if entries[i + 1] ~= tie_us then
    tie_us = entries[i + 1]
    tie = pack('>I8', tie_us)
  end
  if old then
    newer = unpack_bytes('>I8', old, 9) <= version
    local old_tie = sub(old, 1, 8)
    if newer and old_tie ~= tie then
      gone_count = gone_count + 1
      gone[gone_count] = old_tie .. player
    end
  end
  if newer then
    if tie_us ~= 0 then
      order[order_count + 1] = entries[i + 2]
      order[order_count + 2] = tie .. player
      order_count = order_count + 2
    end
    known[count + 1] = player
    known[count + 2] = tie .. pack('>I8', version)
    count = count + 2
  end
end
if gone_count > 0 then
  call('ZREM', KEYS[2], unpack(gone))
end
if order_count > 0 then
  call('ZADD', KEYS[2], unpack(order))
end
if count > 0 then
  call('HSET', KEYS[3], unpack(known))
end
return count / 2
