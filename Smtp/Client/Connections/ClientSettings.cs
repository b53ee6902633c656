using System.Security.Cryptography.X509Certificates;

namespace Slimta.Smtp.Client;

/// <summary>The settings of every session of the client, for every server.</summary>
internal sealed record ClientSettings
{
    /// <summary>The name that we give in EHLO (RFC 5321 §4.1.1.1).</summary>
    public required string HelloName { get; init; }
    public required ClientTimeouts Timeouts { get; init; }

    /// <summary>Certificate authorities that are trusted beside the system's.</summary>
    public X509Certificate2Collection TrustedAuthorities { get; init; } = [];
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
