using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Slimta.Edge;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Edge;

/// <summary>What guessing costs those who guess, and what it must not cost others.</summary>
[Collection("edge")]
public sealed class LoginGuardTests(RedisServer redis)
{
    private static readonly IPAddress Attacker = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Home = IPAddress.Parse("198.51.100.7");
    private readonly FakeTimeProvider _time = new();

    private LoginGuard Guard() => new(Options.Create(new EdgeOptions()), _time);

    private static void Fail(LoginGuard guard, IPAddress address, string user)
    {
        Assert.Null(guard.Begin(address, user));
        guard.End(address, user, right: false);
    }

    [Fact]
    public void An_address_waits_twice_as_long_after_each_failure_over_all_its_connections_and_users()
    {
        var guard = Guard();
        for (var i = 0; i < 5; i++)
            Fail(guard, Attacker, $"user{i}");
        Assert.Equal(TimeSpan.FromSeconds(1), guard.Begin(Attacker, "another"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Fail(guard, Attacker, "another");
        Assert.Equal(TimeSpan.FromSeconds(2), guard.Begin(Attacker, "another"));
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(15));
            Fail(guard, Attacker, "another");
        }
        Assert.Equal(TimeSpan.FromMinutes(15), guard.Begin(Attacker, "another"));
        _time.Advance(TimeSpan.FromHours(1));
        Fail(guard, Attacker, "another");
        Assert.Null(guard.Begin(Attacker, "another"));
    }

    [Fact]
    public void A_user_who_is_guessed_at_gets_in_from_elsewhere_and_where_he_was_before()
    {
        var guard = Guard();
        Assert.Null(guard.Begin(Attacker, "ann"));
        guard.End(Attacker, "ann", right: true);
        for (var i = 0; i < 5; i++)
            Fail(guard, Attacker, "bob");
        Assert.NotNull(guard.Begin(Attacker, "bob"));
        Assert.Null(guard.Begin(Attacker, "ann"));
        Assert.Null(guard.Begin(Home, "bob"));
    }

    [Fact]
    public void Who_guesses_at_one_user_from_many_addresses_has_one_guess_from_each()
    {
        var guard = Guard();
        for (var i = 0; i < 20; i++)
            Fail(guard, IPAddress.Parse($"203.0.113.{i}"), "ann");
        Fail(guard, Attacker, "ann");
        Assert.NotNull(guard.Begin(Attacker, "ann"));
        Assert.Null(guard.Begin(Home, "ann"));
    }

    [Fact]
    public void After_a_failure_an_address_guesses_one_at_a_time()
    {
        var guard = Guard();
        Fail(guard, Attacker, "ann");
        Assert.Null(guard.Begin(Attacker, "ann"));
        Assert.NotNull(guard.Begin(Attacker, "bob"));
        guard.End(Attacker, "ann", right: null);
        Assert.Null(guard.Begin(Attacker, "bob"));
    }

    [Fact]
    public void What_is_remembered_is_bounded()
    {
        var memory = new RecentlyUsed<int>(10);
        memory.Set(0, 1);
        for (var i = 1; i < 1000; i++)
        {
            memory.Set((UInt128)i, i);
            Assert.True(memory.TryGet(0, out _));
        }
        Assert.InRange(Enumerable.Range(0, 1000).Count(i => memory.TryGet((UInt128)i, out _)), 1, 20);
    }

    [Fact]
    public async Task Failures_are_remembered_from_one_connection_to_the_next()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Edge:Smtp:AllowPlaintextAuth"] = "true",
            ["Edge:Smtp:Timeouts:AuthFailure"] = "00:00:00",
            ["Edge:Logins:FreeFailures"] = "2",
            ["Edge:Users:ann"] = PasswordHash.Create("right", 1000),
        });
        const string Wrong = "EHLO c.test\r\nAUTH PLAIN AGFubgB3cm9uZw==\r\nQUIT\r\n";
        Assert.Contains("\n535 5.7.8 ", await host.SayAsync(Wrong), StringComparison.Ordinal);
        Assert.Contains("\n535 5.7.8 ", await host.SayAsync(Wrong), StringComparison.Ordinal);
        Assert.Contains("\n454 4.7.0 ", await host.SayAsync(Wrong), StringComparison.Ordinal);
        Assert.Contains("\n454 4.7.0 ", await host.SayAsync(Wrong.Replace("AGFubgB3cm9uZw==", "AGFubgByaWdodA==", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_API_keys_make_an_address_wait_and_a_right_one_that_was_used_there_still_opens()
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Edge:Http:TrustLoopback"] = "false",
            ["Edge:OperatorKeys:ann"] = Convert.ToHexString(SHA256.HashData("k3y"u8)),
        });
        using var http = new HttpClient { BaseAddress = host.Http };
        async Task<int> AskAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/operator/retry-all") { Headers = { { "X-Api-Key", key } } };
            using var response = await http.SendAsync(request);
            return (int)response.StatusCode;
        }
        Assert.Equal(200, await AskAsync("k3y"));
        for (var i = 0; i < 5; i++)
            Assert.Equal(401, await AskAsync($"guess{i}"));
        Assert.Equal(429, await AskAsync("guess"));
        Assert.Equal(200, await AskAsync("k3y"));
    }

    [Fact]
    public async Task More_logins_than_may_wait_are_told_to_come_back_and_equal_ones_share_a_check()
    {
        var options = new EdgeOptions { Logins = { MaxQueued = 1 } };
        options.Users["ann"] = PasswordHash.Create("right", 2_000_000);
        using var users = new ConfiguredUsers(Options.Create(options), TimeProvider.System);
        var same = Enumerable.Range(0, 50).Select(_ => users.AuthenticateAsync("ann", "right", default).AsTask()).ToList();
        var guesses = Enumerable.Range(0, 50).Select(i => users.AuthenticateAsync("ann", $"guess{i}", default).AsTask()).ToList();
        Assert.All(await Task.WhenAll(same), user => Assert.Equal("ann", user));
        await Assert.ThrowsAsync<LoginUnavailableException>(() => Task.WhenAll(guesses));
        Assert.Contains(guesses, guess => guess.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_wrong_password_costs_the_same_for_every_user()
    {
        var (cheap, dear) = (PasswordHash.Create("x", 1000), PasswordHash.Create("x", 4000));
        // Of two blocks, each at the full cost.
        var twice = $"pbkdf2-sha256$3000$AAAAAAAAAAA=${Convert.ToBase64String(new byte[64])}";
        var cost = new[] { cheap, dear, twice }.Max(PasswordHash.CostOf);
        Assert.Equal(6000, cost);
        foreach (var hash in new[] { null, cheap, dear, twice, "no hash" })
        {
            Assert.False(PasswordHash.Verify(hash, "wrong", cost, out var spent));
            Assert.Equal(cost, spent);
        }
        Assert.True(PasswordHash.Verify(cheap, "x", cost, out var right));
        Assert.Equal(1000, right);
    }
}
