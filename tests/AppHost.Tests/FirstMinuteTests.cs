using MailKit.Net.Smtp;
using MimeKit;

namespace AppHost.Tests;

/// <summary>The README's first command, as its own process, and Ctrl+C.</summary>
public sealed class FirstMinuteTests
{
    [Fact]
    public async Task It_takes_mail_and_Ctrl_C_ends_all_of_it()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        await using var apphost = AppHostProcess.Start();

        var id = await SendAsync(apphost.SmtpPort, timeout.Token);
        using (var dashboard = new Dashboard(apphost.DashboardUrl, apphost.DashboardKey))
            Assert.Contains(await dashboard.TraceOfAsync(id, 6, timeout.Token), span => span.Name == "SMTP transaction" && !span.Failed);

        Assert.Equal(0, await apphost.InterruptAsync(timeout.Token));
        while (apphost.Family().Count > 0)
        {
            // Processes that are not our children can only be asked whether they are still there.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, timeout.Token);
        }
        Assert.Contains("Without containers (--Containers false)", apphost.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", apphost.Said, StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var client = new SmtpClient();
                await client.ConnectAsync("localhost", port, MailKit.Security.SecureSocketOptions.None, cancellationToken);
                using var message = new MimeMessage { Subject = "the first", Body = new TextPart { Text = "It works." } };
                var reply = await client.SendAsync(message, new MailboxAddress("", "me@example.com"), [new MailboxAddress("", "you@example.net")], cancellationToken);
                await client.DisconnectAsync(quit: true, cancellationToken);
                return reply.Split(' ')[1];
            }
            catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or SmtpProtocolException)
            {
                // The proxy listens before the edge does.
                await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellationToken);
            }
        }
    }
}
