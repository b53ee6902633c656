using System.Net.Security;
using System.Net.Sockets;

namespace Slimta.Smtp.Client;

/// <summary>How a session begins: connection, TLS, greeting, EHLO, STARTTLS, AUTH.</summary>
internal sealed partial class SmtpConnection
{
    /// <summary>RFC 3463 §3.8: security features not supported; cryptographic failure; authentication credentials invalid (RFC 4954 §6).</summary>
    private const string NotOffered = "4.7.4";
    private const string HandshakeFailed = "4.7.5";
    private const string LoginRefused = "4.7.8";

    /// <summary>A session ready for mail.</summary>
    /// <exception cref="SmtpSessionException">No session could be opened.</exception>
    public static async Task<SmtpConnection> OpenAsync(SmtpTarget target, ClientSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenOnceAsync(target, settings, cancellationToken);
        }
        catch (SmtpSessionException e) when (e.Stage == SmtpStage.StartTls && e.InnerException is not null && !e.Cancelled
            && !target.Security.MustEncrypt)
        {
            // Where clear text would do, failing TLS is no reason not to deliver (RFC 7435 §3).
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
            throw new SmtpSessionException(SmtpStage.Connect, $"{problem} (connecting).", inner: e)
            {
                Cancelled = cancellationToken.IsCancellationRequested,
            };
        }
        catch (SocketException e)
        {
            throw new SmtpSessionException(SmtpStage.Connect, $"{e.Message} (connecting)", inner: e);
        }
    }

    private async Task StartAsync()
    {
        var security = Target.Security;
        if (security.Tls == TlsMode.Implicit)
            await HandshakeAsync();
        var greeting = await ReplyAsync(SmtpStage.Greeting, _settings.Timeouts.Greeting);
        if (greeting.Code != 220)
            throw Refused(SmtpStage.Greeting, greeting);
        await HelloAsync();
        if (security.Tls is TlsMode.Opportunistic or TlsMode.Required)
            await StartTlsAsync();
        if (security.Credentials is null)
            return;
        // The last check before a credential goes out, however the session came here.
        if (security.MustEncrypt && Tls is null)
            throw NoTls("the session is not encrypted");
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

    private async Task StartTlsAsync()
    {
        var required = Target.Security.MustEncrypt;
        if (!Capabilities.StartTls)
        {
            if (required)
                throw NoTls("the server does not offer it");
            return;
        }
        Write("STARTTLS\r\n");
        var reply = await RoundTripAsync(SmtpStage.StartTls, _settings.Timeouts.Command);
        if (reply.Code != 220)
        {
            if (required || _broken)
                throw Refused(SmtpStage.StartTls, reply, NotOffered);
            return;
        }
        // Clear text in the buffer would be taken for the server's words under TLS (RFC 3207 §6; CVE-2011-0411 was this in servers).
        if (_replies.HasUnread())
            throw new SmtpSessionException(SmtpStage.StartTls, "More came in clear after the reply to STARTTLS, from the server or from someone in the middle (STARTTLS).");
        await HandshakeAsync();
        try
        {
            await HelloAsync();
        }
        catch (SmtpSessionException e) when (e.InnerException is not null && !e.Cancelled)
        {
            // TLS 1.3: our handshake is over before the server has checked our part, so its refusal comes in place of the first reply (RFC 8446
            // §4.4.2.4).
            throw new SmtpSessionException(SmtpStage.StartTls, $"The session broke right after the TLS handshake: {e.Message}", inner: e.InnerException)
            {
                Status = HandshakeFailed,
            };
        }
    }

    private async Task HandshakeAsync()
    {
        const SmtpStage stage = SmtpStage.StartTls;
        string? problem = null;
        var lenient = !Target.Security.MustVerify;
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        try
        {
            await GuardAsync(stage, _settings.Timeouts.Greeting, tls, async (stream, token) =>
            {
                await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = Target.Host,
                    CertificateChainPolicy = RemoteCertificate.ChainPolicy(),
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
            throw new SmtpSessionException(stage, $"The server's certificate does not verify: {problem} ({stage.Words()}).", inner: e.InnerException)
            {
                Status = HandshakeFailed,
            };
        }
        catch (SmtpSessionException e) when (!e.Cancelled)
        {
            throw new SmtpSessionException(stage, $"The TLS handshake failed: {e.Message}", inner: e.InnerException) { Status = HandshakeFailed };
        }
        Tls = $"{tls.SslProtocol}, {(problem is null ? "certificate verified" : $"certificate not verified ({problem})")}";
        UsePipes();
    }

    private SmtpSessionException NoTls(string why) =>
        new(SmtpStage.StartTls, $"TLS is required here{(Target.Security.Credentials is null ? "" : " to log in")} and {why} (STARTTLS).") { Status = NotOffered };

    private static SmtpSessionException Refused(SmtpStage stage, SmtpReply reply, string? status = null)
    {
        reply = reply with { Text = ReplyText.Cut(reply.Text, ReplyReader.KeptBytes) };
        return new(stage, $"{reply} ({stage.Words()})", reply) { Status = status };
    }
}
