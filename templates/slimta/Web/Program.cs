using MyMail.Web;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddHttpClient<MailClient>(client => client.BaseAddress = new("http://edge"));

var app = builder.Build();
app.MapDefaultEndpoints();

app.MapGet("/", () => "Order something: curl -X POST 'http://localhost:5090/orders/4711?to=you@example.net'");

app.MapPost("/orders/{number}", async (string number, string to, MailClient mail, CancellationToken cancellation) =>
{
    var id = await mail.SendAsync(new("shop@example.com", [to], $"Your order {number}", "It is on its way."), key: $"order-{number}", cancellation);
    return Results.Accepted(value: new { id });
});

app.Run();
