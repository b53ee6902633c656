using System.ComponentModel.DataAnnotations;

namespace Slimta.Smtp.Client;

/// <summary>What every session of the client needs to know, whoever it talks to.</summary>
internal sealed record ClientSettings
{
    /// <summary>What we call ourselves in EHLO (RFC 5321 §4.1.1.1).</summary>
    public required string HelloName { get; init; }
    public required ClientTimeouts Timeouts { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>How long the client waits for the other side, per phase: section "Relay:Timeouts". The defaults are RFC 5321 §4.5.3.2's.</summary>
public sealed class ClientTimeouts
{
    private const string Between = "Relay:Timeouts:{0} must be from 00:00:00.100 to 01:00:00.";

    /// <summary>For the TCP connection; the RFC is silent, so a bit more than four of Linux's SYNs.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For the greeting, and for a TLS handshake.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Greeting { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to EHLO, STARTTLS, AUTH, MAIL and RSET.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Command { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to each RCPT.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Recipient { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to DATA.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Data { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For the other side to take each piece of the content.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Content { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot; giving up sooner makes duplicates (RFC 1047).</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Final { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>For the reply to QUIT, on which nothing depends.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = Between)]
    public TimeSpan Quit { get; set; } = TimeSpan.FromSeconds(5);
}
