-- Takes messages that are done with out of the queue, for the holders of their leases. Each is judged on its own.
--
-- KEYS  1 schedule  2 leases  3 state, then per message: message, content, attempts
-- ARGV  per message: id, token, attempts to add, highest recipient index that is marked (-1: none)
-- Reply per message two: 1, attempts removed; -1, 0 the lease is lost; -4, recipients there is none of that index
local ids = {}
for a = 1, #ARGV, 4 do ids[#ids + 1] = ARGV[a] end
local leases = redis.call('HMGET', KEYS[2], unpack(ids))

local reply, keys, removed, seen, bytes = {}, {}, {}, {}, 0
for i, id in ipairs(ids) do
  local a, k = 4 * i - 3, 3 * i + 1
  local token = ARGV[a + 1] .. '|'
  local code, count = -1, 0
  if leases[i] and string.sub(leases[i], 1, #token) == token and not seen[id] then
    local values = redis.pcall('HMGET', KEYS[k], 'meta', 'attempts', 'recorded')
    -- A key that is another program's goes as well: nothing else of it can be told.
    if values.err then values = {false, false, false} end
    -- The metadata starts with these members in this order.
    local recipients, size = string.match(values[1] or '', '^{"v":%d+,"recipients":(%d+),"size":(%d+)')
    recipients = whole(recipients, 9) or 0
    if tonumber(ARGV[a + 3]) >= recipients then
      code, count = -4, recipients
    else
      code, count = 1, (whole(values[2], 9) or 0) + tonumber(ARGV[a + 2])
      bytes = bytes + (whole(size, 15) or 0) + (whole(values[3], 15) or 0)
      keys[#keys + 1], keys[#keys + 2], keys[#keys + 3] = KEYS[k], KEYS[k + 1], KEYS[k + 2]
      removed[#removed + 1] = id
      seen[id] = true
    end
  end
  reply[2 * i - 1], reply[2 * i] = code, count
end

-- Needs no memory and comes first: Redis then lets the script go on when out of memory, so that a full queue drains. Out of the
-- index last: what was not reached before Garnet's append-only file ends is found again by it.
if #removed > 0 then
  redis.call('UNLINK', unpack(keys))
  redis.call('HDEL', KEYS[2], unpack(removed))
  redis.call('ZREM', KEYS[1], unpack(removed))
  tally(KEYS[3], 'bytes', -bytes)
end
return reply
