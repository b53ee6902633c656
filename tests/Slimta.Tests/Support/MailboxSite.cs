using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MimeKit;
using Slimta.Edge.Http;
using Slimta.Mailbox;

namespace Slimta.Tests.Mailbox;

/// <summary>A mailbox with its page, as Standalone maps it.</summary>
public sealed class MailboxSite : IAsyncLifetime
{
    private WebApplication? _app;

    public MailboxStore Store => _app!.Services.GetRequiredService<MailboxStore>();
    public Uri Address => new(_app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    public HttpClient Http { get; } = new();

    public Task InitializeAsync() => StartAsync();

    public async Task StartAsync(params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ApplicationName = "mailbox-test" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0", ["Mailbox:Port"] = "0" });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.AddMailbox();
        builder.Services.AddEdgeAccess();
        _app = builder.Build();
        _app.MapMailbox().RequireEdgeAccess();
        await _app.StartAsync();
        Http.BaseAddress = new Uri(Address, "/mailbox/");
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _app!.DisposeAsync();
    }

    public string Add(byte[] content, params string[] recipients)
    {
        var message = new MailboxMessage
        {
            Received = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Sender = "shop@example.com",
            Recipients = recipients.Length == 0 ? ["you@example.org"] : recipients,
            Client = "client.test",
            Protocol = "ESMTP",
            Parameters = new Dictionary<string, string>(),
            Content = content,
        };
        Store.Add(message);
        return message.Id;
    }

    public string Add(string content, params string[] recipients) => Add(Encoding.UTF8.GetBytes(content.ReplaceLineEndings("\r\n")), recipients);

    public string Add(MimeEntity body, string subject = "Your order")
    {
        using var message = new MimeMessage { Subject = subject, Body = body };
        message.From.Add(new MailboxAddress("The shop", "orders@example.com"));
        message.To.Add(new MailboxAddress("You", "you@example.org"));
        using var bytes = new MemoryStream();
        message.WriteTo(bytes);
        return Add(bytes.ToArray());
    }

    public string AddHtml(string html) => Add(new TextPart("html") { Text = html });

    public async Task<JsonElement> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonElement>(path)).Clone();

    public Task<JsonElement> MessageAsync(string id) => GetAsync($"messages/{id}");

    /// <summary>The HTML that the frame shows.</summary>
    public async Task<string> FrameAsync(string id) => await Http.GetStringAsync((await MessageAsync(id)).GetProperty("frame").GetString());

    public async Task<List<string>> FindAsync(string search) =>
        [.. (await GetAsync($"messages?search={Uri.EscapeDataString(search)}")).GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("id").GetString()!)];
}
