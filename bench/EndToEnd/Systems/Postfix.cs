using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>
/// Postfix as a relay, its own instance with its queue on the same disk, set for speed: no name look-ups, no rewriting, no
/// rate limits, processes that are not recycled, connections kept. No syslog listens, so it does not even log.
/// </summary>
internal sealed class Postfix(int sinkPort) : MailSystem(SystemNames.Postfix)
{
    private const string Daemons = "/usr/lib/postfix/sbin";

    private readonly string _folder = Workshop.Folder("postfix");
    private Child? _master;

    public override int Port { get; } = Workshop.FreePort();
    public override double Share => 1.0 / 3;

    private string Config => Path.Combine(_folder, "etc");

    public override async Task StartAsync()
    {
        foreach (var folder in new[] { "etc", "queue", "data" })
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        await Child.RunAsync("chown", "postfix", Path.Combine(_folder, "data"));
        foreach (var file in new[] { "postfix-files", "dynamicmaps.cf" })
            File.Copy(Path.Combine("/etc/postfix", file), Path.Combine(Config, file), overwrite: true);
        await File.WriteAllTextAsync(Path.Combine(Config, "main.cf"), Main);
        await File.WriteAllTextAsync(Path.Combine(Config, "master.cf"), Master);
        // Makes the queue's folders; "postfix start" would leave a master behind that is no child of ours.
        await Child.RunAsync("postfix", "-c", Config, "check");
        _master = Child.Start(Workshop.File("postfix.log"), null, $"{Daemons}/master", "-c", Config, "-d");
        await _master.ListensAsync(Port);
    }

    public override Task StopAsync() => _master?.StopAsync() ?? Task.CompletedTask;

    public override bool CanHoldBack => true;

    public override Task HoldBackAsync() => SetAsync("defer_transports=smtp");

    public override async Task LetGoAsync()
    {
        await SetAsync("defer_transports=");
        await Child.RunAsync("postqueue", "-c", Config, "-f");
    }

    public override IEnumerable<(string Name, int Process)> Members() =>
        [("master", _master!.Id), .. ProcFile.ChildrenOf(_master.Id).Select(process => (ProcFile.Name(process), process))];

    private async Task SetAsync(string setting)
    {
        await Child.RunAsync("postconf", "-c", Config, "-e", setting);
        await Child.RunAsync("postfix", "-c", Config, "reload");
        await Clock.Wait(1);
    }

    private string Main => $"""
        compatibility_level = 3.6
        queue_directory = {_folder}/queue
        data_directory = {_folder}/data
        command_directory = /usr/sbin
        daemon_directory = {Daemons}
        mail_owner = postfix
        setgid_group = postdrop
        inet_interfaces = loopback-only
        inet_protocols = ipv4
        myhostname = mx.bench
        mydestination =
        local_recipient_maps =
        alias_maps =
        alias_database =
        mynetworks = 127.0.0.0/8
        relayhost = [127.0.0.1]:{sinkPort}
        smtpd_relay_restrictions =
        smtpd_recipient_restrictions = permit_mynetworks, reject
        smtpd_peername_lookup = no
        smtpd_client_event_limit_exceptions = 127.0.0.0/8
        smtpd_error_sleep_time = 0
        smtpd_tls_security_level = none
        smtp_tls_security_level = none
        smtp_dns_support_level = disabled
        smtp_host_lookup = native
        smtp_connection_cache_destinations = [127.0.0.1]:{sinkPort}
        smtp_destination_concurrency_limit = 20
        initial_destination_concurrency = 20
        default_process_limit = 200
        in_flow_delay = 0
        max_use = 1000000
        max_idle = 1000s
        message_size_limit = 0
        mailbox_size_limit = 0
        qmgr_message_active_limit = 100000
        qmgr_message_recipient_limit = 100000
        receive_override_options = no_address_mappings, no_header_body_checks, no_milters

        """;

    private string Master => $"""
        127.0.0.1:{Port} inet n - n - 200 smtpd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        showq unix n - n - - showq
        error unix - - n - - error
        retry unix - - n - - error
        scache unix - - n - 1 scache

        """;
}
