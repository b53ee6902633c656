using System.Net;

namespace Slimta.Smtp.Server;

/// <summary>An address to listen on.</summary>
/// <param name="ImplicitTls">TLS from the first byte (RFC 8314 §3).</param>
public sealed record SmtpEndpoint(IPEndPoint Address, bool ImplicitTls = false);
