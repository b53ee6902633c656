using System.Net.Security;
using System.Net.Sockets;

namespace Slimta.Smtp.Client;

/// <summary>How a session begins: connection, TLS, greeting, EHLO, STARTTLS, AUTH.</summary>
internal sealed partial class SmtpConnection
{
    /// <summary>A session ready for mail.</summary>
    /// <exception cref="SmtpSessionException">There is none to be had.</exception>
    public static async Task<SmtpConnection> OpenAsync(SmtpTarget target, ClientSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenOnceAsync(target, settings, cancellationToken);
        }
        catch (SmtpSessionException e) when (e.Stage == SmtpStage.StartTls && e.InnerException is not null && !e.Cancelled
            && target.Security.Tls == TlsMode.Opportunistic)
        {
            // TLS that cannot be had is no reason not to deliver where clear text would do (RFC 7435 §3).
            return await OpenOnceAsync(target with { Security = target.Security with { Tls = TlsMode.None } }, settings, cancellationToken);
        }
    }

    private static async Task<SmtpConnection> OpenOnceAsync(SmtpTarget target, ClientSettings settings, CancellationToken cancellationToken)
    {
        // NoDelay: with Nagle's algorithm a final dot waits for the acknowledgement of what was before it.
        var socket = new Socket(target.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, settings.Time);
        SmtpConnection? connection = null;
        try
        {
            using (cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), abort))
                await ConnectAsync(socket, target, settings, abort, cancellationToken);
            connection = new SmtpConnection(target, settings, socket, abort);
            using (connection.AbortOn(cancellationToken))
                await connection.StartAsync();
            return connection;
        }
        catch
        {
            if (connection is not null)
                await connection.DisposeAsync();
            socket.Dispose();
            abort.Dispose();
            throw;
        }
    }

    private static async Task ConnectAsync(
        Socket socket, SmtpTarget target, ClientSettings settings, CancellationTokenSource abort, CancellationToken cancellationToken)
    {
        try
        {
            abort.CancelAfter(settings.Timeouts.Connect);
            await socket.ConnectAsync(target.Address, abort.Token);
            abort.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        catch (OperationCanceledException e)
        {
            var problem = cancellationToken.IsCancellationRequested ? "The relay gave up" : $"No connection within {settings.Timeouts.Connect}";
            throw new SmtpSessionException(SmtpStage.Connect, $"{problem} (Connect).", inner: e)
            {
                Cancelled = cancellationToken.IsCancellationRequested,
            };
        }
        catch (SocketException e)
        {
            throw new SmtpSessionException(SmtpStage.Connect, $"{e.Message} (Connect)", inner: e);
        }
    }

    private async Task StartAsync()
    {
        var security = Target.Security;
        if (security.Tls == TlsMode.Implicit)
            await HandshakeAsync(SmtpStage.Connect);
        var greeting = await ReplyAsync(SmtpStage.Greeting, _settings.Timeouts.Greeting);
        if (greeting.Code != 220)
            throw Refused(SmtpStage.Greeting, greeting);
        await HelloAsync();
        if (security.Tls is TlsMode.Opportunistic or TlsMode.Required)
            await StartTlsAsync(security.Tls == TlsMode.Required);
        if (security.Credentials is not null)
            await AuthenticateAsync(security);
    }

    private async Task HelloAsync()
    {
        var verb = Target.Security.Lmtp ? "LHLO" : "EHLO";
        Write($"{verb} {_settings.HelloName}\r\n");
        var reply = await RoundTripAsync(SmtpStage.Hello, _settings.Timeouts.Command);
        if (reply.IsPositive)
        {
            Capabilities = Capabilities.Parse(reply);
            return;
        }
        // RFC 5321 §3.2: a server that does not know EHLO knows HELO.
        if (!reply.IsPermanent || Target.Security.Lmtp)
            throw Refused(SmtpStage.Hello, reply);
        Write($"HELO {_settings.HelloName}\r\n");
        reply = await RoundTripAsync(SmtpStage.Hello, _settings.Timeouts.Command);
        if (!reply.IsPositive)
            throw Refused(SmtpStage.Hello, reply);
        Capabilities = Capabilities.None;
    }

    private async Task StartTlsAsync(bool required)
    {
        if (!Capabilities.StartTls)
        {
            if (required)
                throw new SmtpSessionException(SmtpStage.StartTls, "TLS is required here and the server does not offer it (StartTls).");
            return;
        }
        Write("STARTTLS\r\n");
        var reply = await RoundTripAsync(SmtpStage.StartTls, _settings.Timeouts.Command);
        if (reply.Code != 220)
        {
            if (required || _broken)
                throw Refused(SmtpStage.StartTls, reply);
            return;
        }
        // What came in clear would be taken for what the server says under TLS (RFC 3207 §6; CVE-2011-0411 was this in servers).
        if (_replies.HasUnread())
            throw new SmtpSessionException(SmtpStage.StartTls, "The server, or somebody on the way, sent more after the reply to STARTTLS (StartTls).");
        await HandshakeAsync(SmtpStage.StartTls);
        await HelloAsync();
    }

    private async Task HandshakeAsync(SmtpStage stage)
    {
        string? problem = null;
        var lenient = Target.Security.Tls == TlsMode.Opportunistic || Target.Security.AllowInvalidCertificate;
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        try
        {
            await GuardAsync(stage, _settings.Timeouts.Greeting, tls, async (stream, token) =>
            {
                await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = Target.Host,
                    RemoteCertificateValidationCallback = (_, certificate, chain, found) =>
                    {
                        problem = ServerCertificate.ProblemOf(certificate, chain, found, _settings.TrustedAuthorities);
                        return lenient || problem is null;
                    },
                }, token);
                return true;
            });
        }
        catch (SmtpSessionException e) when (problem is not null && !lenient)
        {
            throw new SmtpSessionException(stage, $"The server's certificate does not verify: {problem} ({stage}).", inner: e.InnerException);
        }
        Tls = $"{tls.SslProtocol}, {(problem is null ? "certificate verified" : $"certificate not verified ({problem})")}";
        UsePipes();
    }

    private static SmtpSessionException Refused(SmtpStage stage, SmtpReply reply) => new(stage, $"{reply} ({stage})", reply);
}
