namespace Slimta.Chaos.Mail;

/// <summary>What a recipient asks the sink to do, by the start of its local part.</summary>
internal static class Trouble
{
    /// <summary>Takes it.</summary>
    public const string None = "ok";

    /// <summary>450 to RCPT at first.</summary>
    public const string Later = "later";

    /// <summary>550 to RCPT, always: a bounce.</summary>
    public const string Never = "never";

    /// <summary>451 to the dot at first.</summary>
    public const string DotLater = "dotlater";

    /// <summary>554 to the dot, always: a bounce.</summary>
    public const string DotNever = "dotnever";

    /// <summary>The connection is dropped in place of the reply to RCPT, at first.</summary>
    public const string Drop = "drop";

    /// <summary>The message is kept and the connection dropped without a reply, at first: the outcome is unknown.</summary>
    public const string DropAfterDot = "dropdot";

    /// <summary>The reply to the dot takes longer than a lease is renewed.</summary>
    public const string Slow = "slow";

    /// <summary>These fail for good.</summary>
    public static bool Bounces(string address) => Of(address) is Never or DotNever;

    public static string Of(string address) => address[..address.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>Mostly none.</summary>
    public static string Choose(Random random) => random.Next(100) switch
    {
        < 70 => None,
        < 76 => Later,
        < 81 => Never,
        < 84 => DotLater,
        < 86 => DotNever,
        < 90 => Drop,
        < 94 => DropAfterDot,
        < 96 => Slow,
        _ => None,
    };
}
