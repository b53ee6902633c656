using Slimta.EndToEnd.Bench.Load;

namespace Slimta.EndToEnd.Bench;

/// <summary>A row of the table.</summary>
/// <param name="Messages">For a system whose share is 1.</param>
/// <param name="Rounds">How often in turn; the median counts.</param>
/// <param name="Backlog">Accepted while nothing is delivered; what is measured is how fast it drains.</param>
internal sealed record Case(string Name, Mail Mail, int Messages, int Rounds = 1, bool Backlog = false)
{
    private const int KiB = 1024;

    public static readonly Case Headline = new("4 KiB, 20 sessions, a connection per message", new Mail(), 5000, Rounds: 3);

    public static readonly Case FiveMiB = new("5 MiB, 8 sessions", new Mail(Bytes: 5 * KiB * KiB, Sessions: 8, Kept: true), 40);

    public static readonly Case[] All =
    [
        Headline,
        new("4 KiB, 20 sessions, connections kept", new Mail(Kept: true), 6000),
        new("4 KiB, 1 session, a connection per message", new Mail(Sessions: 1), 600),
        new("4 KiB, 100 sessions, a connection per message", new Mail(Sessions: 100), 5000),
        new("4 KiB, 20 sessions, 50 recipients", new Mail(Recipients: 50), 1200),
        new("100 KiB, 20 sessions", new Mail(Bytes: 100 * KiB), 1200),
        FiveMiB,
        new("A backlog of 4 KiB drained", new Mail(Kept: true), 100_000, Backlog: true),
    ];

    /// <summary>What this system gets.</summary>
    public int For(double share) => Math.Max(Mail.Sessions, (int)(Messages * share));
}
