using System.Globalization;
using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>The relay's notes on a message from one hand-out to the next, in <see cref="Settlement.Note"/>.</summary>
/// <param name="DelayReported">The sender knows of the delay.</param>
/// <param name="LeftAlone">How often it was handed out and not tried, as nothing answered at its destination.</param>
internal readonly record struct RelayNote(bool DelayReported, int LeftAlone)
{
    private const string Delay = "delay-reported";
    private const string Alone = "left-alone=";

    public static RelayNote Of(QueuedMessage message)
    {
        var words = message.Note?.Split(' ') ?? [];
        var alone = Array.Find(words, word => word.StartsWith(Alone, StringComparison.Ordinal));
        return new(words.Contains(Delay), int.TryParse(alone.AsSpan(alone is null ? 0 : Alone.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 0);
    }

    /// <summary>Null if there is nothing new.</summary>
    public string? Next(bool delayReported, bool leftAlone)
    {
        var next = new RelayNote(DelayReported || delayReported, LeftAlone + (leftAlone ? 1 : 0));
        return next == this ? null : next.ToString();
    }

    public override string ToString() => string.Join(' ', new[]
    {
        DelayReported ? Delay : null, LeftAlone > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Alone}{LeftAlone}") : null,
    }.OfType<string>());
}
