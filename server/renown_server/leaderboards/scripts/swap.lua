-- Sets a shard's epoch, if it is still what it is taken for.
--
-- KEYS: epoch
-- ARGV: expected, new
--
-- Returns 1 if it was set, else 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
