using System.ComponentModel.DataAnnotations;

namespace Slimta.Smtp.Client;

/// <summary>How long the client waits for the other side, per phase: section "Relay:Timeouts". The defaults are RFC 5321 §4.5.3.2's.</summary>
public sealed class ClientTimeouts
{
    /// <summary>For the TCP connection; the RFC is silent, so a bit more than four of Linux's SYNs.</summary>
    [Bounded]
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For the greeting, and for a TLS handshake.</summary>
    [Bounded]
    public TimeSpan Greeting { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to EHLO, STARTTLS, AUTH, MAIL and RSET.</summary>
    [Bounded]
    public TimeSpan Command { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to each RCPT.</summary>
    [Bounded]
    public TimeSpan Recipient { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to DATA.</summary>
    [Bounded]
    public TimeSpan Data { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For the other side to take each piece of the content.</summary>
    [Bounded]
    public TimeSpan Content { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot; giving up sooner makes duplicates (RFC 1047).</summary>
    [Bounded]
    public TimeSpan Final { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>For the reply to QUIT, on which nothing depends.</summary>
    [Bounded]
    public TimeSpan Quit { get; set; } = TimeSpan.FromSeconds(5);

    [AttributeUsage(AttributeTargets.Property)]
    private sealed class BoundedAttribute : RangeAttribute
    {
        public BoundedAttribute()
            : base(typeof(TimeSpan), "00:00:00.100", "01:00:00") => ErrorMessage = "Relay:Timeouts:{0} must be from 00:00:00.100 to 01:00:00.";
    }
}
