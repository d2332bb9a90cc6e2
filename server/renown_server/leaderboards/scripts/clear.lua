-- Deletes boards of a shard, if its epoch is still the one that is clearing it.
--
-- KEYS: epoch, then what to delete
-- ARGV: expected epoch
--
-- Returns 1 if they were deleted, else 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('UNLINK', unpack(KEYS, 2))
return 1
