-- Removes finished messages from the queue, for the holders of their leases. Each is judged on its own.
--
-- KEYS  1 schedule  2 leases  3 state  4 ended  5 history, then per message: message, content, attempts
-- ARGV  1 history: most messages, most microseconds and most bytes ('' for none),
--       then per message: id, token, attempts to add, highest recipient index that is marked (-1: none),
--       indexes of those that failed for good 'i,j,...', attempt record
-- Reply per message two: 1, attempts removed; -1, 0 the lease is lost; -4, recipients there is none of that index;
--       then the ids of messages that went from history and whose content is still there
local ids = {}
for a = 2, #ARGV, 6 do ids[#ids + 1] = ARGV[a] end
local leases = redis.call('HMGET', KEYS[2], unpack(ids))
local limits = history_limits(ARGV[1])

local now
local reply, keys, removed, entries, seen, bytes = {}, {}, {}, {}, {}, 0
for i, id in ipairs(ids) do
  local a, k = 6 * i - 4, 3 * i + 3
  local token = ARGV[a + 1] .. '|'
  local code, count = -1, 0
  if leases[i] and string.sub(leases[i], 1, #token) == token and not seen[id] then
    local values = redis.pcall('HMGET', KEYS[k], 'meta', 'attempts', 'recorded', 'delivered', 'failed')
    -- A key that is another program's goes as well: nothing else of it can be told.
    if values.err then values = {false, false, false, false, false} end
    -- The metadata starts with these members in this order.
    local recipients, size = string.match(values[1] or '', '^{"v":%d+,"recipients":(%d+),"size":(%d+)')
    recipients = whole(recipients, 9) or 0
    if tonumber(ARGV[a + 3]) >= recipients then
      code, count = -4, recipients
    else
      code, count = 1, (whole(values[2], 9) or 0) + tonumber(ARGV[a + 2])
      local recorded = whole(values[3], 15) or 0
      bytes = bytes + (whole(size, 15) or 0) + recorded
      keys[#keys + 1], keys[#keys + 2], keys[#keys + 3] = KEYS[k], KEYS[k + 1], KEYS[k + 2]
      removed[#removed + 1] = id
      seen[id] = true
      if limits and values[1] then
        now = now or queue_time(KEYS[3])
        local failed = both(indexes(values[5]), ARGV[a + 4])
        entries[#entries + 1] = ended(id, 0, failed == '' and 'delivered' or 'bounced', now, count, indexes(values[4]), failed, '',
          values[1], attempt_lines(KEYS[k + 2], recorded, ARGV[a + 5]))
      end
    end
  end
  reply[2 * i - 1], reply[2 * i] = code, count
end

-- A write that needs no memory comes first: Redis then lets the script go on when out of memory, so that a full queue drains. The index comes
-- last: if Garnet's append-only file ends before, the index still finds the rest.
if #removed > 0 then
  redis.call('HDEL', KEYS[2], '')
  if #entries > 0 then
    for _, id in ipairs(keep_history(KEYS[4], KEYS[5], KEYS[3], limits, now, entries)) do reply[#reply + 1] = id end
  end
  redis.call('UNLINK', unpack(keys))
  redis.call('HDEL', KEYS[2], unpack(removed))
  redis.call('ZREM', KEYS[1], unpack(removed))
  tally(KEYS[3], 'bytes', -bytes)
end
return reply
