using System.Globalization;
using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Faults;

/// <summary>
/// The server's clock is set, by an hour or by some seconds. Garnet's cannot be, so it is the other way round, on Redis too: all that
/// the queue knows of time moves by as much, in one step, which to the queue is the same.
/// </summary>
internal static class ClockStep
{
    private const string Move = """
        local step = tonumber(ARGV[1])
        local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
        for i = 1, #all, 2 do redis.call('ZADD', KEYS[1], string.format('%.0f', all[i + 1] - step), all[i]) end
        -- Jobs: until when one is held, and, below nothing, when one ended.
        local jobs = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
        for i = 1, #jobs, 2 do
          local at = tonumber(jobs[i + 1])
          if at ~= 1 then redis.call('ZADD', KEYS[3], string.format('%.0f', at > 0 and at - step or at + step), jobs[i]) end
        end
        local state = redis.call('HGETALL', KEYS[2])
        for i = 1, #state, 2 do
          local till, rest = string.match(state[i + 1], '^(%d+)(.*)$')
          if state[i] == 'seen' or state[i] == 'latest' or string.sub(state[i], 1, 6) == 'relay:' then
            redis.call('HSET', KEYS[2], state[i], string.format('%.0f', till - step) .. rest)
          end
        end
        return 1
        """;

    public static async Task StepAsync(Strike strike)
    {
        using var hold = await strike.Crew.Queue.HoldAsync();
        var seconds = strike.Pick([3600, -3600, 3600, -3600, 20, -20]);
        await RedisTalk.SendAsync(strike.Crew.Place.Port, "EVAL", Move, "3", "{slimta:0}:schedule", "{slimta:0}:state", "{slimta:0}:jobs",
            (seconds * 1_000_000L).ToString(CultureInfo.InvariantCulture));
        strike.Done("step", "clock", $"the server's clock set by {seconds} s");
        await strike.WaitAsync(2, 6);
    }
}
