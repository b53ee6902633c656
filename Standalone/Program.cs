using Microsoft.Extensions.Hosting;
using Slimta.Standalone;

return await Launch.RunAsync(args, launch =>
{
    var builder = launch.CreateBuilder();
    builder.AddServiceDefaults();
    builder.AddMailRoles(launch.Roles);
    builder.AddStatusPage(launch.Roles);

    var app = builder.Build();
    app.UseResponseHeaders();
    app.MapDefaultEndpoints();
    app.MapMailRoles(launch.Roles);
    app.MapStatusPage();
    app.EnsurePortsAreFree(launch.Roles);
    app.TellWhenReady(launch.Roles);
    return app;
});
