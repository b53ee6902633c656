using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

// In containers where Docker or Podman answers, else as processes of this machine.
var queue = builder.AddMailQueue<Projects.Standalone>("queue");
var edge = builder.AddMailEdge<Projects.Edge>("edge", queue, smtpPort: builder.Configuration.GetValue("SmtpPort", 2525));
var relay = builder.AddMailRelay<Projects.Relay>("relay", queue);

// Mail goes to a mailbox that shows it, until you name a server: Smarthost=smtp://user:password@smtp.example.net:587
if (builder.Configuration["Smarthost"] is { Length: > 0 } smarthost)
    relay.WithEnvironment("Relay__Smarthost", smarthost);
else
    relay.WithSmarthost(builder.AddMailbox<Projects.Standalone>("mailbox"));

builder.AddProject<Projects.MyMail_Web>("web")
    .WithHttpEndpoint(port: builder.Configuration.GetValue("WebPort", 5090))
    .WithReference(edge).WaitFor(edge);

builder.Build().Run();
