-- Reads where players stand, with their neighbours, on boards of one shard.
--
-- KEYS: epoch, then order and players of each read
-- ARGV: player and number of neighbours (at least 1, the player included) of each read
--
-- Returns nil if the shard is not whole; else for each read 0 if the player has no entry, or
-- {index, total, index of the first neighbour, {member, score, ...}}, indices from 0.
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, 6) ~= 'ready:' then
  return false
end
local call = redis.call
local answers = {}
for i = 1, #ARGV / 2 do
  local order, players = KEYS[2 * i], KEYS[2 * i + 1]
  local player, wanted = ARGV[2 * i - 1], tonumber(ARGV[2 * i])
  local held = call('HGET', players, player)
  local index = held and call('ZRANK', order, string.sub(held, 1, 8) .. player)
  if index then
    -- Centred on the player, shifted to stay on the board.
    local total = call('ZCARD', order)
    local first = math.max(0, math.min(index - math.floor(wanted / 2), total - wanted))
    local window = call('ZRANGE', order, first, first + wanted - 1, 'WITHSCORES')
    answers[i] = {index, total, first, window}
  else
    answers[i] = 0
  end
end
return answers
