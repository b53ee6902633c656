using Microsoft.AspNetCore.Http;

namespace Slimta;

/// <summary>Decides who may read why a process is not healthy. Without one, only programs on the same machine may.</summary>
public interface IHealthReaders
{
    bool MayRead(HttpContext http);
}
