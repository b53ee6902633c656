using System.Diagnostics;
using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Edge.Smtp;

/// <summary>
/// The span of one SMTP transaction. It begins with MAIL, but is made late: the trace that it continues is known only when the
/// message's header is.
/// </summary>
internal sealed class TransactionSpan(SmtpSessionInfo session, DateTimeOffset began) : IDisposable
{
    private Activity? _activity;
    private bool _started;

    public Activity? Start(ActivityContext parent = default)
    {
        if (_started)
            return _activity;
        _started = true;
        var before = Activity.Current;
        _activity = EdgeTelemetry.Source.StartActivity("smtp receive", ActivityKind.Server, parent, startTime: began);
        Activity.Current = before;
        session.LastTransaction = _activity?.Context ?? default;
        if (_activity is not { IsAllDataRequested: true })
            return _activity;
        _activity.SetTag("network.protocol.name", "smtp");
        _activity.SetTag("network.transport", "tcp");
        _activity.SetTag("client.address", session.Client?.Address.ToString());
        _activity.SetTag("server.port", session.Local?.Port);
        _activity.SetTag("tls.established", session.Tls is not null);
        _activity.SetTag("slimta.authenticated", session.AuthenticatedAs is not null);
        return _activity;
    }

    public void Accepted(SmtpReply reply, string id, int recipients, long bytes)
    {
        End(reply, recipients);
        _activity?.SetTag("messaging.message.id", id);
        _activity?.SetTag("messaging.message.body.size", bytes);
    }

    public void Refused(SmtpReply reply, int recipients)
    {
        Start();
        End(reply, recipients);
        _activity?.SetTag("error.type", reply.EnhancedCode ?? reply.Code.ToString());
        _activity?.SetStatus(ActivityStatusCode.Error, reply.Text);
    }

    public void Dispose()
    {
        if (!_started)
            Start()?.SetTag("error.type", "abandoned").SetStatus(ActivityStatusCode.Error, "The client did not finish its message");
        _activity?.Dispose();
    }

    private void End(SmtpReply reply, int recipients)
    {
        _activity?.SetTag("slimta.recipients", recipients);
        _activity?.SetTag("slimta.smtp.reply.code", reply.Code);
    }
}
