using Microsoft.Extensions.Options;
using Slimta.Edge.Http;

namespace Slimta.Edge.Access;

/// <summary>Only operators may read why the queue cannot be used; a client on this machine is one where it is trusted.</summary>
internal sealed class HealthReaders(ApiKeys keys, IOptions<EdgeOptions> options) : IHealthReaders
{
    public bool MayRead(HttpContext http) => keys.Find(http.Request) is { } found
        ? found is { Name: not null, Kind: KeyKinds.Operator }
        : options.Value.Http.TrustLoopback && HealthAnswer.IsLocalProgram(http);
}
