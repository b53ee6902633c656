namespace Slimta.Smtp.Client;

/// <summary>One envelope and its content (RFC 5321 §3.3), as it can travel to the server at hand.</summary>
internal sealed record OutgoingMail
{
    public required string Sender { get; init; }
    public required IReadOnlyList<OutgoingRecipient> Recipients { get; init; }
    public required OutgoingContent Content { get; init; }

    /// <summary>Parameters of MAIL as the client gave them; those of DSN are passed on.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>(0);
    public BodyKind Body { get; init; }

    /// <summary>Asked when all of the content but its end is sent, after which the server may deliver it; false: it must not.</summary>
    public Func<bool> CanCommit { get; init; } = static () => true;

    /// <summary>Give up with a <see cref="LongLineException"/> where a line turns out too long.</summary>
    public bool LimitLines { get; init; }

    /// <summary>Needs SMTPUTF8 (RFC 6531).</summary>
    public bool Utf8 { get; init; }
}
