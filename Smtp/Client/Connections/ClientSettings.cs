using System.Security.Cryptography.X509Certificates;

namespace Slimta.Smtp.Client;

/// <summary>What every session of the client needs to know, for every server.</summary>
internal sealed record ClientSettings
{
    /// <summary>What we call ourselves in EHLO (RFC 5321 §4.1.1.1).</summary>
    public required string HelloName { get; init; }
    public required ClientTimeouts Timeouts { get; init; }

    /// <summary>Authorities whose certificates verify beside those of the system's.</summary>
    public X509Certificate2Collection TrustedAuthorities { get; init; } = [];
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
