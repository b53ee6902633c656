-- Puts messages into the queue. Each is judged on its own: one that is refused keeps no other out.
--
-- KEYS  1 schedule  2 state  3 held, then per message: message, content and, with a window, idempotency;
--       then, if any of them has chunks: staging, staged
-- ARGV  1 most messages (0: any)  2 most bytes (0: any)  3 wake channel  4 partition,
--       then per message: id, due (as time.lua's due_time reads it), chunks staged under its content
--       key (0: inline), metadata, inline content, content bytes, idempotency window in ms ('' without a key), fingerprint
-- Reply per message three: 1, 0, 0 written; 3, id, 0 the idempotency key belongs to that message, which stands;
--       -1, id, 0 the same with another fingerprint; -2, messages, bytes full; -3, 0, 0 staged content is missing;
--       -4, 0, 0 what stands under the idempotency key cannot be read
local schedule, state = KEYS[1], KEYS[2]

local most, mostbytes = tonumber(ARGV[1]), tonumber(ARGV[2])
-- Also finds out that a key is another program's, before anything is changed.
local count, bytes = 0, whole(redis.call('HGET', state, 'bytes'), 15) or 0
if most > 0 or mostbytes > 0 then count = redis.call('ZCARD', schedule) + redis.call('ZCARD', KEYS[3]) end

local clock, unseen
local function now()
  if not clock then clock, unseen = queue_time(state) end
  return clock
end

-- First decide which messages get in.
local reply, written, index, known = {}, {}, {}, {}
local function answer(code, first, second)
  local n = #reply
  reply[n + 1], reply[n + 2], reply[n + 3] = code, first or 0, second or 0
end
local earliest, added, k = math.huge, 0, 4
for a = 5, #ARGV, 8 do
  local id, chunks, size = ARGV[a], tonumber(ARGV[a + 2]), tonumber(ARGV[a + 5])
  local idempotency = ARGV[a + 6] ~= '' and KEYS[k + 2]
  local before = idempotency and (known[idempotency] or redis.pcall('GET', idempotency))
  if before then
    local first, fingerprint = string.match(type(before) == 'string' and before or '', '^(%d+%-[0-9a-z]+) (.*)$')
    answer(not first and -4 or fingerprint == ARGV[a + 7] and 3 or -1, first)
  elseif (most > 0 and count >= most) or (mostbytes > 0 and bytes + size > mostbytes) then
    answer(-2, count, bytes)
  elseif chunks > 0 and (redis.pcall('HLEN', KEYS[k + 1]) ~= chunks or type(redis.pcall('ZCARD', KEYS[#KEYS - 1])) ~= 'number'
      or type(redis.pcall('HLEN', KEYS[#KEYS])) ~= 'number') then
    answer(-3)
  else
    answer(1)
    local due = due_time(ARGV[a + 1], now)
    earliest = math.min(earliest, tonumber(due))
    index[#index + 1], index[#index + 2] = due, id
    written[#written + 1] = {a, k, due}
    count, bytes, added = count + 1, bytes + size, added + size
    if idempotency then known[idempotency] = id .. ' ' .. ARGV[a + 7] end
  end
  k = k + (idempotency and 3 or 2)
end
if #written == 0 then return reply end

-- The first write is one that Redis refuses when out of memory: a full server refuses the script before it changed anything.
-- The index comes before the messages: Garnet's append-only file can end in the middle of a script, and an index entry
-- without a message is harmless, where a message without one is lost.
local head = redis.call('ZRANGE', schedule, 0, 0, 'WITHSCORES')
redis.call('ZADD', schedule, unpack(index))
note_time(state, now(), unseen)
for _, place in ipairs(written) do
  local a, key = place[1], place[2]
  -- Mail for later grows old from then on.
  if tonumber(place[3]) > clock then redis.call('HSET', KEYS[key], 'since', place[3]) end
  if ARGV[a + 2] == '0' then
    redis.call('HSET', KEYS[key], 'meta', ARGV[a + 3], 'content', ARGV[a + 4])
  else
    -- Expiring until the books no longer have it, and kept before there is a message that needs it.
    redis.call('HDEL', KEYS[#KEYS], ARGV[a])
    redis.call('ZREM', KEYS[#KEYS - 1], ARGV[a])
    redis.call('PERSIST', KEYS[key + 1])
    redis.call('HSET', KEYS[key], 'meta', ARGV[a + 3])
  end
  if ARGV[a + 6] ~= '' then redis.call('SET', KEYS[key + 2], ARGV[a] .. ' ' .. ARGV[a + 7], 'PX', ARGV[a + 6]) end
end
tally(state, 'bytes', added)

-- Only a new head changes when a sleeping consumer has to wake.
if head[1] == nil or earliest < micros(head[2]) then
  redis.pcall('PUBLISH', ARGV[3], ARGV[4])
end
return reply
