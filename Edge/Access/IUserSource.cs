namespace Slimta.Edge.Access;

/// <summary>Where the users for AUTH come from. Register another one before <c>AddEdge</c> to replace the configuration's.</summary>
public interface IUserSource
{
    /// <summary>False: AUTH is not offered at all.</summary>
    bool HasUsers { get; }

    /// <summary>Checks a password. It should take as long for a user that is not known.</summary>
    /// <exception cref="Slimta.Smtp.Server.LoginUnavailableException">The password cannot be checked now; the client should come back.</exception>
    /// <returns>The identity, for the envelope; null if the user is not known or the password is wrong.</returns>
    ValueTask<string?> AuthenticateAsync(string user, string password, CancellationToken cancellationToken);
}
