using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Slimta.Edge;
using Slimta.Mailbox;
using Slimta.Storage;
using Slimta.Storage.Redis;

namespace Slimta.Standalone;

/// <summary>What the terminal shows once everything listens.</summary>
internal static class ReadyText
{
    public const string Usage = """
        dotnet run --project Standalone                  edge, relay, mailbox and HTTP in one process
        dotnet run --project Standalone -- edge          one role of them on a shared Redis: edge, relay or mailbox
        dotnet run --project Standalone -- queue         the embedded Garnet alone, for other processes
        dotnet run --project Standalone -- --version     print the version; --help prints this text

        Settings (or as environment variables, with __ for each colon; all are in docs/reference/settings.md):
          --ConnectionStrings:redis localhost:6379       a real Redis instead of the embedded Garnet
          --Garnet:Folder /var/lib/slimta                where the embedded Garnet keeps the mail
          --Edge:Smtp:Port 2525                          where mail is accepted
          --Relay:Smarthost smtp.example.net:587         where mail is delivered; by default to the mailbox
          --Mailbox:Port 1025                            where the mailbox listens
          --urls http://localhost:5080                   the page, POST /messages, /health
        """;

    public static void TellWhenReady(this WebApplication app, Roles roles)
    {
        app.Lifetime.ApplicationStarted.Register(() => _ = PrintAsync(app, roles));
        app.Lifetime.ApplicationStopping.Register(ServiceManager.NotifyStopping);
    }

    /// <summary>Not before the queue answers; why it does not is in the log.</summary>
    private static async Task PrintAsync(WebApplication app, Roles roles)
    {
        var time = app.Services.GetService<TimeProvider>() ?? TimeProvider.System;
        try
        {
            while (!await AnswersAsync(app))
                await Task.Delay(TimeSpan.FromMilliseconds(250), time, app.Lifetime.ApplicationStopping);
            Console.WriteLine(Compose(app, roles));
            ServiceManager.NotifyReady();
        }
        catch (OperationCanceledException)
        {
            // Stopped before it was ready.
        }
    }

    private static async Task<bool> AnswersAsync(WebApplication app)
    {
        try
        {
            if (app.Services.GetService<IQueueOperator>() is { } queue)
                await queue.CountAsync(app.Lifetime.ApplicationStopping);
            return true;
        }
        catch (QueueException)
        {
            return false;
        }
    }

    private static string Compose(WebApplication app, Roles roles)
    {
        var http = app.Urls.FirstOrDefault() ?? "";
        List<string> lines = ["", "SlimtaAspire is ready. Ctrl+C stops it.", ""];
        if (roles.HasFlag(Roles.Edge) && Options<EdgeOptions>(app).Smtp is { Enabled: true } smtp)
        {
            var at = Reachable(smtp.Address);
            lines.Add($"  SMTP            {at}:{smtp.Port}");
            lines.Add($"  HTTP            {http}/messages");
            lines.Add($"  Send a message  {Sample(at, smtp.Port)}");
        }
        if (roles.HasFlag(Roles.Relay))
            lines.Add($"  Delivers to     {Destination(Options<Relay.RelayOptions>(app))}");
        if (roles.HasFlag(Roles.Mailbox) && Options<MailboxOptions>(app) is var mailbox)
        {
            lines.Add($"  Mailbox         {Reachable(mailbox.Address)}:{mailbox.Port}, takes everything and keeps the last {mailbox.MaxMessages}");
            lines.Add($"  Delivered mail  {http}/mailbox/");
        }
        lines.Add($"  Status          {http}/");
        if (roles is not Roles.Mailbox)
            lines.Add($"  Queue           {Queue(app)}");
        lines.Add($"  Version         {ProductVersion.Text[(ProductVersion.Text.IndexOf(' ', StringComparison.Ordinal) + 1)..]}");
        return string.Join(Environment.NewLine, [.. lines, ""]);
    }

    private static string Sample(string host, int port) =>
        $"""python3 -c "import smtplib; smtplib.SMTP('{host}', {port}).sendmail('me@example.com', ['you@example.net'], 'Subject: Hello\n\nIt works.')" """.TrimEnd();

    /// <summary>Without the login that a smarthost's URL may carry.</summary>
    private static string Destination(Relay.RelayOptions relay) =>
        relay.Smarthost is { Length: > 0 } smarthost ? smarthost[(smarthost.LastIndexOf('@') + 1)..] : "the MX hosts of each domain";

    private static string Queue(WebApplication app) =>
        app.Services.GetService<GarnetService>() is { } garnet
            ? $"embedded Garnet on port {garnet.Garnet.EndPoint.Port}, its data in {Path.GetFullPath(Options<GarnetOptions>(app).Folder)}"
            : $"Redis at {string.Join(", ", QueueConnection.Parse(app.Configuration.GetConnectionString("redis")!).EndPoints)}";

    private static string Reachable(string address) =>
        IPAddress.Parse(address) is var ip && (IPAddress.IsLoopback(ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)) ? "localhost" : address;

    private static T Options<T>(WebApplication app) where T : class => app.Services.GetRequiredService<IOptions<T>>().Value;
}
