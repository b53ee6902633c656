using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Fuzz.Targets;

/// <summary>A whole session: it ends without an error of ours, leaves no transaction open, and keeps as many messages as it says.</summary>
internal static class SessionTarget
{
    public static void Read(byte[] bytes)
    {
        foreach (var trust in new[] { ClientTrust.Stranger, ClientTrust.Trusted })
        {
            var handler = new Handler(trust);
            var said = PlayAsync(bytes, handler).GetAwaiter().GetResult();
            Claim.Same(0, handler.Open);
            Claim.Same(handler.Kept, said.Split("250 2.6.0 kept").Length - 1);
            Claim.That(handler.End is { Reason: not SmtpSessionEndReason.Error });
            Claim.WholeLines(Encoding.Latin1.GetBytes(said));
            Claim.That(Ascii.IsValid(said));
        }
    }

    private static async Task<string> PlayAsync(byte[] bytes, Handler handler)
    {
        var options = new PipeOptions(null, PipeScheduler.Inline, PipeScheduler.Inline, 0, 0, useSynchronizationContext: false);
        var (input, output) = (new Pipe(options), new Pipe(options));
        await input.Writer.WriteAsync(bytes);
        await input.Writer.CompleteAsync();
        await using var connection = new DefaultConnectionContext("fuzz", new Duplex(input.Reader, output.Writer), new Duplex(output.Reader, input.Writer))
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        };
        var settings = new SmtpServerOptions { Hostname = "mx.test", AllowPlaintextAuth = true };
        settings.Timeouts.AuthFailure = TimeSpan.Zero;
        await using var session = new SmtpSession(connection, settings, handler, NullLogger.Instance, TimeProvider.System);
        // The client has sent all of it before the banner, which is refused as a whole; so the first line is read by the banner's rule.
        await session.RunAsync(implicitTls: false, _ => null);
        var said = (await output.Reader.ReadAsync()).Buffer;
        return Encoding.Latin1.GetString(System.Buffers.BuffersExtensions.ToArray(said));
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Handler(ClientTrust trust) : SmtpHandler
    {
        public int Open { get; set; }
        public int Kept { get; set; }
        public SmtpSessionEnd? End { get; private set; }

        public override ClientTrust TrustOf(SmtpSessionInfo session) => trust;

        public override bool OffersAuthentication => true;

        public override ValueTask<string?> AuthenticateAsync(SmtpSessionInfo session, string user, string password, CancellationToken cancellationToken) =>
            new(user == password ? user : null);

        public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail)
        {
            Open++;
            return new Transaction(this);
        }

        public override void OnEnded(SmtpSessionInfo session, SmtpSessionEnd end) => End = end;
    }

    private sealed class Transaction(Handler handler) : SmtpTransaction
    {
        public override ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => default;

        public override ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
        {
            handler.Kept++;
            return new(new SmtpReply(250, "2.6.0", "kept"));
        }

        public override ValueTask DisposeAsync()
        {
            handler.Open--;
            return base.DisposeAsync();
        }
    }
}
