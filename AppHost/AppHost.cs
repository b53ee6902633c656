using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

// In containers where an engine answers, else as processes of this repository: --Containers true|false decides by hand.
var queue = builder.AddMailQueue<Projects.Standalone>("queue");

builder.AddMailEdge<Projects.Edge>("edge", queue, smtpPort: builder.Configuration.GetValue("SmtpPort", 2525));
var relay = builder.AddMailRelay<Projects.Relay>("relay", queue, replicas: 2);

if (builder.ExecutionContext.IsPublishMode)
{
    // With user:password@ before the host the relay logs in, so all of it is a secret.
    relay.WithSmarthost(builder.AddParameter("smarthost", secret: true)
        .WithDescription("Where mail is delivered: smtp.example.com:587, or smtp://user:password@smtp.example.com:587"));
}
else
{
    relay.WithSmarthost(builder.AddMailbox<Projects.Standalone>("mailbox"));
}

builder.Build().Run();
