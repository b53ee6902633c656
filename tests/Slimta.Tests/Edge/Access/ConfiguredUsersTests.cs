using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Slimta.Edge;

namespace Slimta.Tests.Edge;

public sealed class ConfiguredUsersTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Only_the_right_password_of_a_known_user_will_do_at_first_and_when_it_is_remembered()
    {
        using var users = Users();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("ann", await users.AuthenticateAsync("ann", "secret", default));
            Assert.Null(await users.AuthenticateAsync("ann", "wrong", default));
            Assert.Null(await users.AuthenticateAsync("bob", "secret", default));
            Assert.Null(await users.AuthenticateAsync("ann", "", default));
            _time.Advance(TimeSpan.FromMinutes(3));
        }
    }

    [Fact]
    public void A_hash_of_the_documented_form_is_understood()
    {
        // python3: hashlib.pbkdf2_hmac("sha256", b"secret", b"0123456789abcdef", 1000)
        const string Hash = "pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg==$tiKWHy4FAGCWE8gn6GtKhaxD2OeeAUUWXFT/p1aaNl8=";
        Assert.True(PasswordHash.Verify(Hash, "secret"));
        Assert.False(PasswordHash.Verify(Hash, "Secret"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("pbkdf2-sha256$1$MDEyMzQ1Njc4OWFiY2RlZg==$MDEyMzQ1Njc4OWFiY2RlZg==")]
    [InlineData("pbkdf2-sha256$1000$!$!")]
    [InlineData("bcrypt$1000$MDEyMzQ1Njc4OWFiY2RlZg==$MDEyMzQ1Njc4OWFiY2RlZg==")]
    public void What_is_not_a_hash_is_not_one(string text) => Assert.False(PasswordHash.IsValid(text));

    private ConfiguredUsers Users() => new(
        Options.Create(new EdgeOptions { Users = { ["ann"] = PasswordHash.Create("secret", iterations: 1000) } }), _time);
}
