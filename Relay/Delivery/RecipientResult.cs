using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>The result of a delivery for one recipient, with all details for the attempt record and a bounce.</summary>
public sealed record RecipientResult(Recipient Recipient, DeliveryOutcome Outcome)
{
    private readonly string? _status;

    /// <summary>The remote server's reply that decided; null where none did.</summary>
    public SmtpReply? Reply { get; init; }

    /// <summary>The problem where there is no reply, in words for a sender.</summary>
    public string? Problem { get; init; }

    /// <summary>The enhanced status code (RFC 3463): where it is not set, the reply's, or one that fits.</summary>
    public string Status
    {
        get => _status ?? Reply?.EnhancedCode ?? Outcome switch
        {
            DeliveryOutcome.Delivered => "2.0.0",
            DeliveryOutcome.Permanent => "5.0.0",
            _ => "4.0.0",
        };
        init => _status = value;
    }

    /// <summary>Name, address with port and TLS of the server.</summary>
    public string? Host { get; init; }
    public string? Address { get; init; }
    public string? Tls { get; init; }

    /// <summary>The server took over the duty to report (RFC 3461 §5.2.1).</summary>
    public bool DsnPassedOn { get; init; }

    /// <summary>Nothing was tried because the destination is busy; its turn comes after this long.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Nothing was tried because the last connections to the destination failed.</summary>
    internal bool IsLeftAlone { get; init; }

    /// <summary>The operator's rule by which it was not tried.</summary>
    internal QueueRule? Rule { get; init; }

    /// <summary>What a report tells the sender; null for nothing.</summary>
    internal ReportAction? Told { get; init; }

    /// <summary>The server's words with its codes, or ours.</summary>
    internal string? Words => Reply is { } reply ? $"{reply.Code} {(reply.EnhancedCode is null ? "" : reply.EnhancedCode + " ")}{reply.Text}" : Problem;

    /// <summary>For the record of the attempt.</summary>
    internal RecipientOutcome ToRecord() => new(Recipient.Index, Outcome)
    {
        Reply = Words,
        Host = Host,
        Address = Address,
        Tls = Tls,
    };
}
