using Slimta.Chaos.Mail;
using Slimta.Chaos.Sick;

namespace Slimta.Chaos.Faults;

/// <summary>Mail for destinations that do not take it before the faults are over. It has to arrive then; until then it must not be in the way.</summary>
internal static class SickMail
{
    /// <summary>All of it is tried again every second or two.</summary>
    private const int MostMessages = 300;

    /// <summary>The part of a run at whose start there is none, so that both can be compared.</summary>
    public const double HealthyShare = 0.25;

    public static async Task SendAsync(Strike strike)
    {
        if (strike.Crew.Ward is not { Messages: < MostMessages } ward || strike.Elapsed < HealthyShare)
            return;
        var domains = SickDomain.All.ToList();
        var count = strike.Random.Next(4, 24);
        for (var i = 0; i < count && !strike.Stop.IsCancellationRequested; i++)
        {
            var token = $"sick{strike.Crew.Options.Seed:x}n{ward.Messages++}";
            var recipients = Enumerable.Range(0, strike.Random.Next(6) == 0 ? 5 : 1).Select(n => $"{Trouble.None}.{token}.{n}@{strike.Pick(domains).Name}").ToList();
            // Who shares a message with the sick must not wait for them either.
            if (strike.Random.Next(4) == 0)
                recipients.Add($"{Trouble.None}.{token}.9@a.test");
            await strike.Sender.SendAsync(TestMessage.Make(token, recipients, strike.Random.Next(300, 3_000), strike.Random), strike.Stop);
        }
        strike.Done("sick", "destinations", $"{count} messages");
    }
}
